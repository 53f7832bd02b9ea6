// Names beside the charts: the head of a single one, and the list of series where all are in one chart.
"use strict";
(() => {
  const { make } = RB.charts;

  function badge(verdict) {
    return verdict?.text && verdict.kind !== "same" ? [make("span", `rb-badge rb-${String(verdict.kind).replace(/\W/g, "")}`, verdict.text)] : [];
  }

  // {element, tell(texts by entry id)} of one series.
  function headOf(entry) {
    const now = make("span", "rb-chart-now");
    const element = make("figcaption", "rb-chart-head", make("span", "rb-chart-name", entry.label), ...badge(entry.verdict), now);
    return { element, tell: (texts) => (now.textContent = texts.get(entry.id) ?? "") };
  }

  function swatch(look) {
    const sample = make("span", "rb-chart-swatch");
    sample.style.borderTopColor = look.variable;
    sample.style.borderTopStyle = look.dash.length === 0 ? "solid" : look.dash.length === 2 && look.dash[0] < 3 ? "dotted" : "dashed";
    return sample;
  }

  // A button for each series: pressed ones are drawn. `toggle` gets the entry.
  function legendOf(entries, looks, hidden, toggle) {
    const nows = new Map();
    const buttons = entries.map((entry, place) => {
      const now = make("span", "rb-chart-now");
      nows.set(entry.id, now);
      const button = make("button", "rb-chart-key", swatch(looks[place]), make("span", "rb-chart-name", entry.label), ...badge(entry.verdict), now);
      button.type = "button";
      button.setAttribute("aria-pressed", String(!hidden.has(entry.id)));
      button.addEventListener("click", () => toggle(entry));
      return button;
    });
    const element = make("figcaption", "rb-chart-legend", ...buttons);
    const press = (off) => buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(!off.has(entries[at].id))));
    return { element, press, tell: (texts) => nows.forEach((now, id) => (now.textContent = texts.get(id) ?? "")) };
  }

  Object.assign(RB.charts, { headOf, legendOf });
})();
