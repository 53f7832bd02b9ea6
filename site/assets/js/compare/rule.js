// What can be said of one series on two sides: the rule of `relaybench compare` for one run a side
// (pytest_relaybench/run_comparison/judgement.py), with its numbers as the index hands them over.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const NOTHING = { kind: "unsure", ratio: NaN, low: NaN, high: NaN, way: "", changed: false, reason: "" };
  const NEITHER = "it changed, and neither way is better";

  function judgeDeterministic(before, after, worseSign) {
    const ratio = Math.min(before, after) > 0 ? after / before : NaN;
    if (after === before) return { ...NOTHING, kind: "same", ratio: 1, low: 1, high: 1, way: "deterministic" };
    const told = { ...NOTHING, ratio, low: ratio, high: ratio, way: "deterministic", changed: true };
    const worse = worseSign * (after - before);
    return worse === 0 ? { ...told, reason: NEITHER } : { ...told, kind: worse > 0 ? "slower" : "faster" };
  }

  // The spread of each side; of a side without one, the other's; null where neither has one.
  function pooled(ours, theirs) {
    const known = [ours, theirs].filter(({ nights }) => nights > 0);
    if (!known.length) return null;
    return [ours, theirs].map((side) => (side.nights > 0 ? side : known[0]));
  }

  // How far the logarithm of a ratio may be off: Welch and Satterthwaite, with the spread of many nights.
  function reachOf(spreads, rule) {
    const parts = spreads.map(({ sd }) => sd * sd);
    const sum = parts[0] + parts[1];
    if (!sum) return 0;
    const shares = parts.map((part, side) => (part * part) / (spreads[side].nights - 1));
    const df = (sum * sum) / (shares[0] + shares[1]);
    return rule.quantiles[Math.floor(df)] * Math.sqrt(sum);
  }

  function verdict(ratio, low, high, direction, rule) {
    const told = { ...NOTHING, ratio, low, high, way: "history" };
    const sign = Number(low > 1 + rule.margin) - Number(high < 1 / (1 + rule.margin));
    if (sign) {
      const worse = rule.worse[direction] * sign;
      if (!worse) return { ...told, changed: true, reason: NEITHER };
      return { ...told, kind: worse > 0 ? "slower" : "faster", changed: true };
    }
    const reach = 1 + rule.sameMargins * rule.margin;
    return 1 / reach <= low && high <= reach ? { ...told, kind: "same" } : told;
  }

  // Both sides as data.js gives them; `kind` is the verdict, NaN what means nothing.
  function judge(ours, theirs, rule) {
    const unitOf = ({ unit }) => unit || "no unit";
    if (ours.unit !== theirs.unit) return { ...NOTHING, reason: `measured in ${unitOf(ours)} and in ${unitOf(theirs)}` };
    const [before, after] = [ours.value, theirs.value];
    if (ours.deterministic && theirs.deterministic) return judgeDeterministic(before, after, rule.worse[theirs.direction]);
    if (Math.min(before, after) <= 0) return { ...NOTHING, reason: "values that are not positive have no ratio" };
    const ratio = after / before;
    const spreads = pooled(ours, theirs);
    if (!spreads) {
      const reason = `one run a side, and fewer than ${rule.fewestNights} nights that would tell how far runs scatter`;
      return { ...NOTHING, ratio, reason };
    }
    const reach = reachOf(spreads, rule);
    return verdict(ratio, ratio * Math.exp(-reach), ratio * Math.exp(reach), theirs.direction, rule);
  }

  // How large a change is; where there is no ratio a change is above all others, and nothing below.
  const sizeOf = ({ ratio, changed }) => (ratio > 0 ? Math.abs(Math.log(ratio)) : changed ? Infinity : -1);

  Object.assign(RB.compare, { judge, sizeOf });
})();
