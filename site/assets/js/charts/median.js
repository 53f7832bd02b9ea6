// Levels of noisy nights: the running median that is drawn, and the first level that changes are told against.
"use strict";
(() => {
  const NIGHTS = 7;
  const FIRST_NIGHTS = 14;

  function median(values) {
    if (values.length === 0) return null;
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    // each half on its own: the sum of two huge values would overflow
    return sorted.length % 2 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
  }

  // Stretches of nights with a value, cut where `broken(at)` says that another machine begins.
  function stretches(values, broken) {
    const found = [[]];
    values.forEach((value, at) => {
      if (broken(at) && found.at(-1).length) found.push([]);
      if (value !== null) found.at(-1).push(at);
    });
    return found;
  }

  // The median of the night, the three before and the three after it that have a value; fewer at an end. Null where the night has none.
  function running(values, broken = () => false) {
    const line = new Array(values.length).fill(null);
    const reach = NIGHTS >> 1;
    for (const nights of stretches(values, broken)) {
      nights.forEach((at, place) => {
        line[at] = median(nights.slice(Math.max(0, place - reach), place + reach + 1).map((other) => values[other]));
      });
    }
    return line;
  }

  // The level that a range begins with: the median of its first 14 nights with a value; null without any.
  function firstLevel(values, times, from, to) {
    const found = [];
    for (let at = 0; at < values.length && found.length < FIRST_NIGHTS; at++) {
      if (values[at] !== null && times[at] >= from && times[at] <= to) found.push(values[at]);
    }
    return median(found);
  }

  // Whether the night `at` comes after those that the first level is made of: a night is not compared with itself.
  function isPastFirst(values, times, from, at) {
    let found = 0;
    for (let night = 0; night <= at && found <= FIRST_NIGHTS; night++) found += values[night] !== null && times[night] >= from;
    return found > FIRST_NIGHTS;
  }

  Object.assign(RB.charts, { median, running, firstLevel, isPastFirst });
})();
