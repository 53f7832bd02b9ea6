// What somebody chose to see of each metric, kept in the page's address as `time.range=14d&time.scale=log` (address.js).
"use strict";
(() => {
  const RANGES = { "14d": 14, "90d": 90, all: Infinity };
  const DEFAULTS = {
    range: "90d", from: null, to: null, scale: "linear", values: "absolute", x: "dates", zero: "0", layout: "each",
    machine: "0", all: "0", hide: "", pick: "",
  };
  const CHOICES = {
    range: Object.keys(RANGES), scale: ["linear", "log"], values: ["absolute", "relative"], x: ["dates", "even"],
    zero: ["0", "1"], layout: ["each", "together"], all: ["0", "1"],
  };
  const PATTERNS = { machine: /^(\d{1,4}|all)$/, hide: /^[\w,-]+$/, pick: /^[\w-]+$/ };
  const EARLIEST = Date.UTC(1971) / 1000;
  const LATEST = Date.UTC(9000) / 1000;

  function momentText(seconds) {
    const within = Math.min(Math.max(seconds, EARLIEST), LATEST);
    return new Date(Math.round(within / 60) * 60000).toISOString().slice(0, 16).replace("T00:00", "");
  }

  function moment(text) {
    if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(text)) return null;
    const parsed = Date.parse(text.length === 10 ? text : `${text}Z`) / 1000;
    return Number.isFinite(parsed) ? parsed : null;
  }

  function read(key, text) {
    if (key === "from" || key === "to") return moment(text);
    return (CHOICES[key]?.includes(text) ?? PATTERNS[key].test(text)) ? text : DEFAULTS[key];
  }

  // The view that the address names for a metric; what is no known value counts as not said.
  function viewOf(metric) {
    const view = {};
    for (const key of Object.keys(DEFAULTS)) view[key] = read(key, RB.address.get(`${metric}.${key}`));
    if (view.from === null || view.to === null || view.from >= view.to) view.from = view.to = null;
    return view;
  }

  // Only what differs from the default is written; `step` makes it something to go back from.
  function keep(metric, view, step) {
    const told = {};
    for (const [key, value] of Object.entries(view)) {
      const text = (key === "from" || key === "to") && value !== null ? momentText(value) : value;
      told[`${metric}.${key}`] = value === DEFAULTS[key] ? "" : text;
    }
    RB.address.set(told, { push: step });
  }

  const same = (one, other) => Object.keys(DEFAULTS).every((key) => one[key] === other[key]);

  // The moments that a view reaches over, of a history from `first` to `last`.
  function reach(view, first, last) {
    if (view.from !== null) return [view.from, view.to];
    const days = RANGES[view.range];
    return [Number.isFinite(days) ? last - days * 86400 : first, last];
  }

  // Moments as the address can hold them, so that going there by address shows the same.
  const rounded = (seconds) => moment(momentText(seconds));

  Object.assign(RB.charts, { viewOf, keep, same, reach, rounded });
})();
