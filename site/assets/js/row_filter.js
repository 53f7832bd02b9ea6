// Gives a long table a box that hides the rows which lack the words typed into it.
"use strict";
(() => {
  function textOf(row) {
    const told = [...row.cells].filter((cell) => !cell.classList.contains("rb-trend"));
    return told.map((cell) => cell.textContent.trim()).join(" ").toLowerCase();
  }

  function addFilter(table) {
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: textOf(row) }));
    const box = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    box.className = "rb-row-filter";
    input.type = "search";
    input.placeholder = "words";
    box.append(`${table.dataset.filter} `, input);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
    });
    const frame = table.closest(".rb-scroll") ?? table;
    const line = document.createElement("div");
    line.className = "rb-row-filters";
    line.append(box, count);
    frame.before(line);
  }

  document.querySelectorAll("table[data-filter]").forEach(addFilter);
})();
