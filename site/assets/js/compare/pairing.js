// Which series of one side is which of the other, as pytest_relaybench/run_comparison/matching.py pairs them.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const CRITERIA = [
    (one) => JSON.stringify([one.variant, one.machine]),
    (one) => one.variant,
    (one) => one.machine,
    () => "",
  ];

  function without(params, name) {
    const { [name]: _, ...others } = JSON.parse(params);
    return JSON.stringify(others);
  }

  function grouped(entries, keyOf) {
    const groups = new Map();
    for (const entry of entries) {
      const key = keyOf(entry);
      if (groups.has(key)) groups.get(key).push(entry);
      else groups.set(key, [entry]);
    }
    return groups;
  }

  // Those that are the only ones of their kind on both sides.
  function pairsOf(left, right, alike) {
    const others = grouped(right, alike);
    const found = [];
    for (const [kind, ours] of grouped(left, alike)) {
      const theirs = others.get(kind) ?? [];
      if (ours.length === 1 && theirs.length === 1) found.push([ours[0], theirs[0]]);
    }
    return found;
  }

  function pairGroup(left, right, into) {
    for (const alike of CRITERIA) {
      const found = pairsOf(left, right, alike);
      into.pairs.push(...found);
      const taken = new Set(found.flat());
      [left, right] = [left, right].map((side) => side.filter((one) => !taken.has(one)));
    }
    into.onlyBase.push(...left);
    into.onlyCandidate.push(...right);
  }

  // `ignoring` names a dimension in which the sides are meant to differ; `across` compares what other machines measured.
  function match(base, candidate, { ignoring = "", across = false } = {}) {
    const keyOf = (one) => JSON.stringify([
      one.experiment, one.test, ignoring && ignoring !== "variant" ? without(one.params, ignoring) : one.params, one.metric,
      across ? "" : one.machine,
    ]);
    const [ours, theirs] = [grouped(base, keyOf), grouped(candidate, keyOf)];
    const into = { pairs: [], onlyBase: [], onlyCandidate: [] };
    for (const key of new Set([...ours.keys(), ...theirs.keys()])) pairGroup(ours.get(key) ?? [], theirs.get(key) ?? [], into);
    return into;
  }

  Object.assign(RB.compare, { match, grouped });
})();
