// Two sides in, a table out: every series with its change and verdict, those that one side alone has, remarks, means.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const OF_MEANS = "intervals of means: 95 %, of the choice of series, not of noise";
  const ONLY_RUN = "there is no other run yet; “within one run” compares its engines, builds or parameter values";
  const FIRST = ["engine", "variant"]; // of the dimensions, what people ask for most
  const WAYS = {
    history: (rule) => `intervals: ${rule.confidence * 100} %, from how far nights of a series lie apart`,
    deterministic: () => "exact: the same build always gives the same value, so any difference is one",
  };

  // Control characters, and those that turn the direction of text, as what they are not.
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]/gu;
  const clean = (text) => String(text).replace(UNSEEN, "\ufffd");
  const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));

  function rowOf([ours, theirs]) {
    const judged = RB.compare.judge(ours, theirs, RB.compare.index.rule);
    return {
      ...judged, size: RB.compare.sizeOf(judged), experiment: theirs.experiment, test: theirs.test, params: theirs.params,
      metric: theirs.metric, machine: theirs.machine, variant: theirs.variant, unit: theirs.unit, direction: theirs.direction,
      base: ours.value, candidate: theirs.value, baseUnit: ours.unit, baseParams: ours.params, baseVariant: ours.variant,
      baseMachine: ours.machine, word: judged.changed && judged.kind === "unsure" ? "changed" : judged.kind,
    };
  }

  const onlyRow = (side) => (one) => ({
    ...one, only: side, size: -2, ratio: NaN, low: NaN, high: NaN, way: "", changed: false, reason: "", kind: "missing",
    word: `only in ${side}`, base: side === "base" ? one.value : NaN, candidate: side === "base" ? NaN : one.value,
    baseUnit: one.unit, baseParams: one.params, baseVariant: one.variant, baseMachine: one.machine,
  });

  function compareSides(base, candidate, options) {
    const matched = RB.compare.match(base, candidate, options);
    const series = matched.pairs.map(rowOf).sort((a, b) => b.size - a.size);
    const only = [...matched.onlyBase.map(onlyRow("base")), ...matched.onlyCandidate.map(onlyRow("candidate"))];
    return { series, only };
  }

  const valueOf = (one, dimension) => {
    if (dimension === "variant") return one.variant;
    const params = JSON.parse(one.params);
    return Object.hasOwn(params, dimension) ? textOf(params[dimension]) : null;
  };

  const natural = new Intl.Collator("en", { numeric: true }).compare;

  // What can be compared within one run: name → its values, for builds and every parameter with two values or more.
  function dimensionsOf(side) {
    const found = new Map([["variant", new Set()]]);
    const told = new Map();
    for (const { params, variant } of side) {
      found.get("variant").add(variant);
      if (told.has(params)) continue;
      told.set(params, true);
      for (const [name, value] of Object.entries(JSON.parse(params))) {
        if (!found.has(name)) found.set(name, new Set());
        found.get(name).add(textOf(value));
      }
    }
    const place = (name) => FIRST.indexOf(name) + 1 || FIRST.length + 1;
    const several = [...found].filter(([, values]) => values.size > 1);
    several.sort(([a], [b]) => place(a) - place(b) || natural(a, b));
    return new Map(several.map(([name, values]) => [name, [...values].sort(natural)]));
  }

  function compareRuns(base, candidate, across) {
    const [ours, theirs] = [base, candidate].map(RB.compare.sideOf);
    return { ...compareSides(ours, theirs, { across }), remarks: sideRemarks(base, candidate, across) };
  }

  function compareWithin(run, by, x, y) {
    const side = RB.compare.sideOf(run);
    const sides = [x, y].map((value) => side.filter((one) => valueOf(one, by) === value));
    return { ...compareSides(...sides, { ignoring: by }), remarks: [] };
  }

  const shareMachine = (base, candidate) => base.machines.some((machine) => candidate.machines.includes(machine));

  function sideRemarks(base, candidate, across) {
    const found = [];
    if (base === candidate) found.push(RB.compare.index.runs.length > 1 ? "both sides are the same run" : ONLY_RUN);
    const words = ({ machines }) => machines.map((one) => RB.compare.index.machineWords.get(one) || one || "unnamed").join(" + ");
    if (!shareMachine(base, candidate)) {
      const names = `${words(base)} and ${words(candidate)}`;
      found.push(`the runs are of different machines, ${names}${across ? "" : ": nothing is compared unless you ask for it"}`);
    }
    base.machines.forEach((machine, place) => {
      const other = candidate.machines.indexOf(machine);
      const changes = other < 0 ? [] : printChanges(base.prints[place], candidate.prints[other]);
      if (changes.length) found.push(`machine ${machine} was not quite the same: ${changes.join(", ")}`);
    });
    for (const [name, run] of [["base", base], ["candidate", candidate]]) {
      if (run.throttled.length) found.push(`${name}: the machine was throttled during ${run.throttled.join(", ")}`);
    }
    return found.map(clean);
  }

  function printChanges(before, after) {
    const changed = Object.keys(after).filter((word) => Object.hasOwn(before, word) && before[word] !== after[word]);
    return changed.map((word) => `${word} ${before[word]} -> ${after[word]}`);
  }

  // Why some are unsure, and what the intervals are.
  function verdictRemarks(rows, means) {
    const reasons = [...RB.compare.grouped(rows.filter(({ reason }) => reason), ({ reason }) => reason)];
    reasons.sort(([, a], [, b]) => b.length - a.length);
    const found = reasons.map(([reason, group]) => `${RB.numbers.countText(group.length, "series", "series")}: ${clean(reason)}`);
    for (const [way, words] of Object.entries(WAYS)) {
      if (rows.some((row) => row.way === way)) found.push(words(RB.compare.index.rule));
    }
    if ([...means.whole, ...means.single].some(({ low }) => low > 0)) found.push(OF_MEANS);
    return found;
  }

  Object.assign(RB.compare, { compareRuns, compareWithin, dimensionsOf, shareMachine, verdictRemarks, clean, textOf, natural });
})();
