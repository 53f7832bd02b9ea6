// Geometric means of ratios, with the interval that the choice of series leaves open.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};

  // Mulberry32: the same numbers on every load.
  function randomFrom(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  function quantile(sorted, share) {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  // The middle 95 % of the mean when the series are drawn anew, with replacement; NaN for few series.
  function intervalOf(logs, rule) {
    if (logs.length < rule.fewestSeries) return [NaN, NaN];
    const random = randomFrom(logs.length);
    const drawn = new Float64Array(rule.resamples);
    for (let sample = 0; sample < drawn.length; sample += 1) {
      let sum = 0;
      for (let count = 0; count < logs.length; count += 1) sum += logs[Math.floor(random() * logs.length)];
      drawn[sample] = sum / logs.length;
    }
    drawn.sort();
    return [0.025, 0.975].map((share) => Math.exp(quantile(drawn, share)));
  }

  function meanOf(rows, rule) {
    const logs = rows.filter(({ ratio }) => ratio > 0).map(({ ratio }) => Math.log(ratio));
    const ratio = logs.length ? Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length) : NaN;
    const [low, high] = intervalOf(logs, rule);
    return { series: logs.length, ratio, low, high, metric: rows[0].metric, direction: rows[0].direction };
  }

  // One mean for each metric over all experiments, then one for each experiment and metric, the largest change first.
  function meansOf(rows, rule) {
    const of = (keyOf) => [...RB.compare.grouped(rows, keyOf).values()];
    const bySize = (a, b) => RB.compare.sizeOf(b) - RB.compare.sizeOf(a);
    const single = of(({ experiment, metric }) => JSON.stringify([experiment, metric]))
      .map((group) => ({ experiment: group[0].experiment, ...meanOf(group, rule) }));
    const whole = of(({ metric }) => metric)
      .filter((group) => new Set(group.map(({ experiment }) => experiment)).size > 1)
      .map((group) => ({ experiment: null, ...meanOf(group, rule) }));
    return { whole: whole.filter(({ series }) => series).sort(bySize), single: single.filter(({ series }) => series).sort(bySize) };
  }

  Object.assign(RB.compare, { meansOf });
})();
