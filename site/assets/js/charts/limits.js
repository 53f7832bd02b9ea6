// What of a curve can be shown in the chosen scale, and between which values.
"use strict";
(() => {
  const LEAST_SPAN = 0.01; // of the level: less than this is no news, and would fill the chart with noise
  const HUGE = 1e12;

  // Raw and line in what the axis counts: the unit, or percent of the first level of the night's machine. `why` says what cannot be shown.
  function shownCurve(curve, levels, view) {
    const relative = view.values === "relative";
    const level = (at) => (relative ? levels.get(curve.machines[at]) / 100 : 1);
    const measured = curve.raw.map((value, at) => value !== null && at).filter((at) => at !== false);
    if (relative && measured.length && measured.every((at) => !(level(at) > 0))) {
      const none = curve.raw.map(() => null);
      return { curve, raw: none, line: none, why: "No change can be told: the first level is not above 0." };
    }
    const show = (value, at) => {
      if (value === null || !(level(at) > 0)) return null;
      return view.scale === "log" && !(value > 0) ? null : value / level(at);
    };
    const left = view.scale === "log" ? measured.filter((at) => !(curve.raw[at] > 0)).length : 0;
    const why = left ? `${RB.numbers.countText(left, "night")} at or below 0 ${left === 1 ? "has" : "have"} no place on a log scale.` : "";
    return { curve, raw: curve.raw.map(show), line: curve.line.map(show), why };
  }

  // uPlot and its axes stay within 17 digits: what is larger is drawn in powers of ten of it.
  function normOf(shown) {
    let largest = 0;
    for (const { raw } of shown) for (const value of raw) largest = Math.max(largest, Math.abs(value ?? 0));
    return largest > HUGE ? 10 ** Math.floor(Math.log10(largest)) : 1;
  }

  function extent(values, from, to) {
    let [low, high] = [Infinity, -Infinity];
    for (let at = from; at <= to; at++) {
      const value = values[at];
      if (value === null || value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return [low, high];
  }

  function noise(shown, from, to) {
    const apart = [];
    for (let at = from; at <= to; at++) {
      if (shown.raw[at] !== null && shown.line[at] !== null) apart.push(Math.abs(shown.raw[at] - shown.line[at]));
    }
    return RB.charts.median(apart) ?? 0;
  }

  // A single wild night must not flatten all others: it may widen what the line and the usual noise need by once that much.
  function linearReach(shown, from, to) {
    const [low, high] = extent(shown.line, from, to);
    const [lowest, highest] = extent(shown.raw, from, to);
    const room = Math.max(high - low, 8 * noise(shown, from, to), LEAST_SPAN * Math.abs(high));
    return [Math.max(lowest, low - room), Math.min(highest, high + room)];
  }

  function logLimits(low, high) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    const half = Math.max(Math.sqrt(high / low) * 1.06, 1.05);
    return [middle / half, middle * half];
  }

  function linearLimits(low, high, zero) {
    const middle = low / 2 + high / 2;
    const half = Math.max((high - low) / 2, (LEAST_SPAN / 2) * Math.abs(middle)) || 1;
    const limits = [middle - half * 1.12, middle + half * 1.12];
    return zero ? [low < 0 ? limits[0] : 0, high > 0 ? high * 1.08 : low === 0 ? 1 : 0] : limits;
  }

  // The axis' ends for the nights from..to of all curves.
  function limitsOf(curves, from, to, view) {
    const log = view.scale === "log";
    let [low, high] = [Infinity, -Infinity];
    for (const shown of curves) {
      const [least, most] = log ? extent(shown.raw, from, to) : linearReach(shown, from, to);
      low = Math.min(low, least);
      high = Math.max(high, most);
    }
    if (!(low <= high)) return log ? [1, 10] : [0, 1];
    return log ? logLimits(low, high) : linearLimits(low, high, view.zero === "1");
  }

  Object.assign(RB.charts, { shownCurve, normOf, limitsOf });
})();
