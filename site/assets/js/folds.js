// Opens the folded part that a link points into.
"use strict";
(() => {
  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.closest("details") ?? target?.querySelector("details");
    if (details) details.open = true;
  }

  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
