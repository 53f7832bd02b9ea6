// Shows the rows of a table that somebody asks for: by what is the matter, device, engine, build, and by words.
// What is asked for is kept in the page's address; each row says in data-at what it is of.
"use strict";
window.RB ||= {};
(() => {
  const KEY = "e"; // f, s and / are the theme's own search

  function makeFilters(form) {
    const search = form.querySelector("input[type=search]");
    const chips = [...form.querySelectorAll("button[data-at]")];
    const choices = [...form.querySelectorAll("select")];
    const shown = form.querySelector("output");
    const clear = form.querySelector("button[type=reset]");
    const table = document.getElementById(form.dataset.table);
    const rows = [...table.tBodies[0].rows].map((row) => ({
      row,
      at: new Set(row.dataset.at.split(" ")),
      text: row.cells[0].textContent.toLowerCase(),
    }));

    function asked() {
      const names = RB.address.get("show").split(" ");
      return {
        any: chips.filter((chip) => names.includes(chip.name)),
        all: choices.map((choice) => [choice, [...choice.options].find((one) => one.text === RB.address.get(choice.name))]),
        words: RB.address.get("find").toLowerCase().split(/\s+/).filter(Boolean),
      };
    }

    function reflect({ any, all, words }) {
      chips.forEach((chip) => chip.setAttribute("aria-pressed", any.includes(chip)));
      all.forEach(([choice, option]) => (choice.value = option?.value ?? ""));
      const typed = RB.address.get("find");
      if (search.value.trim() !== typed) search.value = typed;
      clear.hidden = !(any.length || words.length || all.some(([, option]) => option?.value) || RB.address.get("sort"));
    }

    function render() {
      const wanted = asked();
      const kinds = wanted.any.map((chip) => chip.dataset.at);
      const marks = wanted.all.map(([, option]) => option?.value).filter(Boolean);
      let count = 0;
      for (const { row, at, text } of rows) {
        const matches =
          (!kinds.length || kinds.some((kind) => at.has(kind))) &&
          marks.every((mark) => at.has(mark)) &&
          wanted.words.every((word) => text.includes(word));
        if (row.hidden === matches) row.hidden = !matches;
        count += matches;
      }
      const told = count === rows.length ? `all ${count} shown` : `${count} of ${rows.length} shown`;
      if (shown.textContent !== told) shown.textContent = told;
      reflect(wanted);
    }

    function toggle(chip) {
      const on = chips.filter((one) => (one === chip) !== (one.getAttribute("aria-pressed") === "true"));
      RB.address.set({ show: on.map((one) => one.name).join(" ") }, { push: true });
    }

    function focusOnKey(event) {
      if (event.key !== KEY || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
      event.preventDefault();
      search.focus();
      search.select();
    }

    chips.forEach((chip) => chip.addEventListener("click", () => toggle(chip)));
    choices.forEach((choice) => {
      choice.addEventListener("change", () => {
        const option = choice.selectedOptions[0];
        RB.address.set({ [choice.name]: option.value ? option.text : "" }, { push: true });
      });
    });
    search.addEventListener("input", () => RB.address.set({ find: search.value.trim() }));
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      search.value = "";
      RB.address.set({ find: "" });
      search.blur();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      const names = ["show", "find", "sort", ...choices.map((choice) => choice.name)];
      search.value = "";
      RB.address.set(Object.fromEntries(names.map((name) => [name, ""])), { push: true });
      search.focus();
    });
    document.addEventListener("keydown", focusOnKey);
    RB.address.onchange(render);
    form.hidden = false;
    render();
  }

  document.querySelectorAll("form.rb-find").forEach(makeFilters);
})();
