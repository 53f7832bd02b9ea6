/* What the pages can do beyond being read: sort a table, tell age and time left, open what a link points into. */
"use strict";
(() => {
  const STALE_HOURS = 36;
  const SOON_DAYS = 8; // as the message on deadlines: seven whole days left

  function cellKey(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text);
    return text === "" ? null : Number.isNaN(number) ? text.toLowerCase() : number;
  }

  function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  }

  function sortBy(table, column, descending) {
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => ({ row, key: cellKey(row, column) }));
    // rows without a value stay last either way
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return (descending ? -1 : 1) * compare(a.key, b.key);
    });
    body.append(...keyed.map(({ row }) => row));
  }

  function makeSortable(table) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      if (heading.classList.contains("rb-plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const descending = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sortBy(table, column, descending);
      });
    });
  }

  function tellAge(element) {
    const since = Date.parse(element.dataset.since);
    if (Number.isNaN(since)) return;
    const hours = (Date.now() - since) / 3600000;
    const age = hours < 1 ? "less than an hour" : hours < 48 ? `${Math.floor(hours)} h` : `${Math.floor(hours / 24)} days`;
    const stale = hours > STALE_HOURS;
    element.textContent = stale ? `${age} old: no newer run` : `${age} old`;
    element.classList.toggle("rb-stale", stale);
  }

  function timeLeft(seconds) {
    const days = Math.floor(seconds / 86400);
    if (days > 0) return days === 1 ? "1 day left" : `${days} days left`;
    const parts = [[Math.floor(seconds / 3600), "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
    while (parts.length > 1 && parts[0][0] === 0) parts.shift();
    return `${parts.map(([count, unit]) => `${count} ${unit}`).join(" ")} left`;
  }

  function countDown(elements) {
    for (const element of elements) {
      const seconds = Math.ceil((Date.parse(element.dataset.until) - Date.now()) / 1000);
      if (Number.isNaN(seconds)) continue;
      const text = seconds > 0 ? timeLeft(seconds) : "passed";
      // an equal text is not written again: no screen reader or selection is disturbed each second
      if (element.textContent !== text) element.textContent = text;
      element.classList.toggle("rb-soon", seconds > 0 && seconds < SOON_DAYS * 86400);
    }
  }

  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details") ?? target?.querySelector("details");
    if (details) details.open = true;
  }

  document.querySelectorAll("table.rb-sortable").forEach(makeSortable);
  document.querySelectorAll(".rb-age").forEach(tellAge);
  const deadlines = document.querySelectorAll(".rb-left");
  countDown(deadlines);
  if (deadlines.length) setInterval(countDown, 1000, deadlines);
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
