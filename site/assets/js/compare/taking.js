// What is seen, to take along: as CSV with the columns of `relaybench compare --format csv`, or as Markdown.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const HEAD = [
    "base_side", "candidate_side", "experiment", "test", "params", "metric", "machine", "variant", "unit", "direction", "base",
    "candidate", "ratio", "low", "high", "kind", "changed", "way", "confidence", "runs_base", "runs_candidate", "reason",
    "base_params", "base_variant", "base_machine", "base_hash", "candidate_hash",
  ];

  // an apostrophe before what a spreadsheet would take for a formula; numbers stay
  const noFormula = (value) => (/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value);
  const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const numberOf = (value) => (Number.isFinite(value) ? String(value) : "");
  const truth = (flag) => (flag ? "True" : "False");

  function csvRow(row, { sides, runs }) {
    const { index, hashOf } = RB.compare;
    const both = !row.only;
    return [
      ...sides, row.experiment, row.test, row.params, row.metric, row.machine, row.variant, row.unit, row.direction,
      numberOf(row.base), numberOf(row.candidate), numberOf(row.ratio), numberOf(row.low), numberOf(row.high),
      both ? row.kind : row.word, truth(row.changed), row.way, row.way === "history" ? numberOf(index.rule.confidence) : "",
      row.only === "candidate" ? "0" : "1", row.only === "base" ? "0" : "1", row.reason, row.baseParams, row.baseVariant,
      row.baseMachine, row.only === "candidate" ? "" : hashOf(runs[0], row.baseVariant),
      row.only === "base" ? "" : hashOf(runs[1], row.variant),
    ];
  }

  function csvOf(rows, told) {
    return [HEAD, ...rows.map((row) => csvRow(row, told))].map((cells) => `${cells.map(noFormula).map(quoted).join(",")}\n`).join("");
  }

  // Names stay text: every mark that Markdown or HTML would take for its own is escaped.
  const escaped = (text) => text.replace(/[^\p{L}\p{N}\s.,:;%+/=()–—×−…→µ°-]/gu, (mark) => `&#${mark.codePointAt(0)};`);

  function markdownOf(rows, { sides }) {
    const { labels, cellTexts } = RB.compare.table;
    const line = (cells) => `| ${cells.join(" | ")} |`;
    return [
      `base: ${escaped(sides[0])}  `, `candidate: ${escaped(sides[1])}`, "", line(labels), "|---|---|---|---:|---:|---:|---|---|",
      ...rows.map((row) => line(cellTexts(row).map(escaped))), "",
    ].join("\n");
  }

  function download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  RB.compare.taking = { csvOf, markdownOf, download };
})();
