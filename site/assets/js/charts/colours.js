// The colours of the page as a canvas needs them; they follow the page's scheme while it is open.
"use strict";
(() => {
  const NAMES = ["bad", "good", "warn", "line", "muted", "trend", "chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6", "chart-7", "chart-8"];
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
  const TONES = { slower: "bad", broken: "bad", missing: "warn", machine: "warn", changed: "warn", faster: "good" };
  const SERIES = 8;
  let known = {};

  function refresh() {
    const style = getComputedStyle(document.body);
    known = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--rb-${name}`).trim() || "#888"]));
    known.text = style.color;
  }

  const colour = (name) => known[name] ?? "#888";
  const toneOf = (kind) => TONES[kind] ?? "muted";

  // Of a series among others: eight colours, then the same ones dashed.
  const lineOf = (place) => ({
    colour: () => colour(`chart-${(place % SERIES) + 1}`),
    variable: `var(--rb-chart-${(place % SERIES) + 1})`,
    dash: DASHES[Math.floor(place / SERIES) % DASHES.length],
  });

  // Calls back after the reader or the system changed the scheme.
  function onScheme(changed) {
    refresh();
    new MutationObserver(() => {
      refresh();
      changed();
    }).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  Object.assign(RB.charts, { colour, toneOf, lineOf, onScheme });
})();
