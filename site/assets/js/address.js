// Keeps what a page shows in the query of its address: to be sent on, gone back to, and found again.
// Two names are the theme's own: it opens its search for ?q= and marks words for ?h=.
"use strict";
window.RB ||= {};
(() => {
  const QUIET_MS = 250; // browsers refuse when an address changes with every key that is struck
  const listeners = [];
  let state = new URLSearchParams(location.search);
  let pending = 0;

  function write(push) {
    clearTimeout(pending);
    pending = 0;
    const url = new URL(location.href);
    url.search = state;
    if (url.href !== location.href) history[push ? "pushState" : "replaceState"](history.state, "", url);
  }

  /** The value kept under a name, empty where there is none. */
  function get(name) {
    return state.get(name) ?? "";
  }

  /** Keep these values, "" to forget one, and tell who listens; `push` makes it a step to go back from. */
  function set(values, { push = false } = {}) {
    if (push && pending) write(false);
    for (const [name, value] of Object.entries(values)) {
      if (value) state.set(name, value);
      else state.delete(name);
    }
    listeners.forEach((listener) => listener());
    if (push) write(true);
    else if (!pending) pending = setTimeout(write, QUIET_MS, false);
  }

  /** Call a function whenever the values change, by `set` or by going back and forward. */
  function onchange(listener) {
    listeners.push(listener);
  }

  window.addEventListener("popstate", () => {
    clearTimeout(pending);
    pending = 0;
    state = new URLSearchParams(location.search);
    listeners.forEach((listener) => listener());
  });
  window.addEventListener("pagehide", () => pending && write(false));
  RB.address = { get, set, onchange };
})();
