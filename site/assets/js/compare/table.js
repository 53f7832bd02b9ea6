// The table of what is compared, sorted by a click on a heading, a part at a time.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const AT_ONCE = 200;
  const GRAVITY = ["slower", "faster", "changed", "unsure", "same", "only in base", "only in candidate"];
  const { natural } = RB.compare;
  const byName = (a, b) => natural(a.experiment, b.experiment) || natural(a.metric, b.metric) || natural(a.name, b.name);
  const bySize = (a, b) => b.size - a.size || byName(a, b);
  const byNumber = (name) => (a, b) => (Number.isNaN(a[name]) - Number.isNaN(b[name])) || b[name] - a[name] || byName(a, b);

  // Each in the order that its first click gives.
  const COLUMNS = [
    { key: "experiment", label: "Experiment", first: "ascending", order: byName },
    { key: "name", label: "Series", first: "ascending", order: (a, b) => natural(a.name, b.name) || byName(a, b) },
    { key: "metric", label: "Metric", first: "ascending", order: (a, b) => natural(a.metric, b.metric) || byName(a, b) },
    { key: "base", label: "Base", first: "descending", number: true, order: byNumber("base") },
    { key: "candidate", label: "Candidate", first: "descending", number: true, order: byNumber("candidate") },
    { key: "size", label: "Change", first: "descending", number: true, order: bySize },
    { key: "interval", label: "Interval", number: true },
    { key: "verdict", label: "Verdict", first: "descending", order: (a, b) => GRAVITY.indexOf(a.word) - GRAVITY.indexOf(b.word) || bySize(a, b) },
  ];

  const element = (name, className = "", text = "") => Object.assign(document.createElement(name), { className, textContent: text });

  function intervalText({ way, low, high }) {
    if (way === "deterministic") return "exact";
    if (!Number.isFinite(low) || !Number.isFinite(high)) return "–";
    const words = [low, high].map((end) => RB.numbers.changeText(end)).map((text) => (text === "no change" ? "0.0 %" : text));
    return words[0] === words[1] ? words[0] : words.join(" to ");
  }

  const TONES = { slower: "rb-worse", faster: "rb-better" };
  const cellTexts = (row) => [
    RB.compare.clean(row.experiment), row.name, RB.compare.clean(row.metric),
    RB.numbers.valueText(row.base, row.baseUnit), RB.numbers.valueText(row.candidate, row.unit), RB.numbers.changeText(row.ratio),
    intervalText(row), row.word,
  ];

  function experimentElement(name, text) {
    const { pages } = RB.compare.index;
    if (!Object.hasOwn(pages, name)) return text;
    return Object.assign(element("a", "", text), { href: `experiments/${pages[name]}.html` });
  }

  function rowElement(row) {
    const tr = element("tr", row.kind === "slower" ? "rb-row-slower" : "");
    cellTexts(row).forEach((text, column) => {
      const { key, label, number } = COLUMNS[column];
      const cell = element(key === "name" ? "th" : "td", number ? "rb-num" : "");
      cell.dataset.label = label;
      if (key === "verdict") cell.append(element("span", `rb-badge rb-${row.kind}`, text));
      else if (key === "size" && TONES[row.kind]) cell.append(element("b", TONES[row.kind], text));
      else if (key === "experiment") cell.append(experimentElement(row.experiment, text));
      else cell.textContent = text;
      if (key === "name") Object.assign(cell, { scope: "row", title: row.title });
      tr.append(cell);
    });
    return tr;
  }

  function headElement(state, onSort) {
    const tr = element("tr");
    for (const { key, label, first, number } of COLUMNS) {
      const th = element("th", number ? "rb-num" : "");
      th.scope = "col";
      if (first) {
        const button = element("button", "", label);
        button.type = "button";
        button.dataset.key = key;
        const isChosen = state.sort === key;
        if (isChosen) th.setAttribute("aria-sort", state.order);
        const turned = state.order === "ascending" ? "descending" : "ascending";
        button.addEventListener("click", () => onSort(key, isChosen ? turned : first));
        th.append(button);
      } else {
        th.textContent = label;
      }
      tr.append(th);
    }
    const head = element("thead");
    head.append(tr);
    return head;
  }

  function sorted(rows, { sort, order }) {
    const column = COLUMNS.find(({ key, first }) => key === sort && first) ?? COLUMNS.find(({ key }) => key === "size");
    const ordered = [...rows].sort(column.order);
    return order === column.first ? ordered : ordered.reverse();
  }

  function moreButton(rows, body, place) {
    const left = rows.length - body.rows.length;
    place.replaceChildren();
    if (!left) return;
    for (const count of left > AT_ONCE ? [AT_ONCE, left] : [left]) {
      const button = element("button", "rb-button", count === left ? `show all ${rows.length}` : `show ${count} more`);
      button.type = "button";
      button.addEventListener("click", () => {
        const next = body.rows.length;
        body.append(...rows.slice(next, next + count).map(rowElement));
        moreButton(rows, body, place);
        body.rows[next].cells[1].tabIndex = -1;
        body.rows[next].cells[1].focus({ preventScroll: true });
      });
      place.append(button, " ");
    }
  }

  // Draws the rows, already sorted, into the table; `place` gets the buttons for the rest.
  function draw(table, place, rows, state, onSort) {
    const body = element("tbody");
    body.append(...rows.slice(0, AT_ONCE).map(rowElement));
    table.replaceChildren(...table.querySelectorAll("caption"), headElement(state, onSort), body);
    moreButton(rows, body, place);
  }

  RB.compare.table = { draw, sorted, cellTexts, intervalText, element, labels: COLUMNS.map(({ label }) => label) };
})();
