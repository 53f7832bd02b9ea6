// Sorts a table by a click on a heading: up, down, and as it was.
// A heading with data-first="descending" begins with the greatest. A table with data-state="NAME" keeps its order in
// the page's address under that name, as in ?sort=verdict or ?sort=-took.
"use strict";
window.RB ||= {};
(() => {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function cellKey(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text);
    return text === "" ? null : Number.isNaN(number) ? text : number;
  }

  function compare(a, b) {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return typeof a === "number" ? a - b : collator.compare(a, b);
  }

  function sorted(rows, column, descending) {
    const keyed = rows.map((row) => ({ row, key: cellKey(row, column) }));
    // rows without a value stay last either way
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return (descending ? -1 : 1) * compare(a.key, b.key);
    });
    return keyed.map(({ row }) => row);
  }

  function nameOf(heading) {
    return heading.textContent.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-");
  }

  function makeSortable(table) {
    const headings = [...table.tHead.rows[0].cells];
    const names = headings.map(nameOf);
    const rows = [...table.tBodies[0].rows];
    const kept = table.dataset.state;
    let order = "";

    function apply(wanted) {
      const column = names.indexOf(wanted.replace(/^-/, ""));
      const descending = wanted.startsWith("-");
      if (wanted === order || (wanted && column < 0)) return;
      order = wanted;
      headings.forEach((heading) => heading.removeAttribute("aria-sort"));
      if (wanted) headings[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
      table.tBodies[0].append(...(wanted ? sorted(rows, column, descending) : rows));
    }

    function next(heading, column) {
      const [first, second] = heading.dataset.first === "descending" ? ["-", ""] : ["", "-"];
      if (order === first + names[column]) return second + names[column];
      return order === second + names[column] ? "" : first + names[column];
    }

    headings.forEach((heading, column) => {
      if (heading.classList.contains("rb-plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const wanted = next(heading, column);
        if (kept) RB.address.set({ [kept]: wanted }, { push: true });
        else apply(wanted);
      });
    });
    if (!kept) return;
    RB.address.onchange(() => apply(RB.address.get(kept)));
    apply(RB.address.get(kept));
  }

  document.querySelectorAll("table.rb-sortable").forEach(makeSortable);
})();
