// Tells the age of data, and the time left until a deadline.
"use strict";
(() => {
  const STALE_HOURS = 36;
  const SOON_DAYS = 8; // as the message on deadlines: seven whole days left

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

  document.querySelectorAll(".rb-age").forEach(tellAge);
  const deadlines = document.querySelectorAll(".rb-left");
  countDown(deadlines);
  if (deadlines.length) setInterval(countDown, 1000, deadlines);
})();
