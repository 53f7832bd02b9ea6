// The charts in words: a label for each, and a list of what changed within what is shown.
"use strict";
(() => {
  const { make } = RB.charts;
  const LONGEST = 200;

  const day = (moment) => RB.numbers.dayText(moment);

  // For those who do not see the chart.
  function labelOf(metric, frame, curve, from, to) {
    const { valueText, countText } = RB.numbers;
    const nights = frame.t.map((_, at) => at).filter((at) => frame.t[at] >= from && frame.t[at] <= to && curve.raw[at] !== null);
    const name = `${metric.name}, ${curve.entry.label}`;
    if (!nights.length) return `${name}: no night in this range`;
    const values = nights.map((at) => curve.raw[at]);
    const least = values.reduce((a, b) => Math.min(a, b));
    const most = values.reduce((a, b) => Math.max(a, b));
    const marks = curve.marks.filter((mark) => frame.t[mark.at] >= from && frame.t[mark.at] <= to);
    return [
      `${name}: ${countText(nights.length, "night")} from ${day(frame.t[nights[0]])} to ${day(frame.t[nights.at(-1)])}`,
      `newest ${valueText(values.at(-1), metric.unit)}`,
      `between ${valueText(least, metric.unit)} and ${valueText(most, metric.unit)}`,
      ...marks.map((mark) => `${mark.text} on ${day(frame.t[mark.at])}`),
    ].join(", ");
  }

  function happenings(frame, curves, from, to) {
    const marks = curves.flatMap(({ curve }) => curve.marks.map((mark) => ({ at: mark.at, what: curve.entry.label, text: mark.text })));
    const events = frame.events.map((event) => ({ at: event.at, what: event.kind, text: event.text }));
    const within = ({ at }) => frame.t[at] >= from && frame.t[at] <= to;
    return [marks.filter(within), events.filter(within)];
  }

  // A folded list, newest first; empty when nothing changed.
  function listOf(frame, curves, from, to) {
    const [marks, events] = happenings(frame, curves, from, to);
    if (!marks.length && !events.length) return [];
    const { countText } = RB.numbers;
    const count = (kind) => events.filter((event) => event.what === kind).length;
    const versions = events.length - count("machine");
    const words = [
      [marks.length, "change of level", "changes of level"], [count("machine"), "change of the machine", "changes of the machine"],
      [versions, "change of versions", "changes of versions"],
    ].filter(([number]) => number).map(([number, one, many]) => countText(number, one, many)).join(", ");
    const all = [...marks, ...events].sort((a, b) => b.at - a.at);
    const items = all.slice(0, LONGEST).map(({ at, what, text }) => make("li", "", make("b", "", day(frame.t[at])), ` ${what}: ${text}`));
    if (all.length > LONGEST) items.push(make("li", "", `and ${all.length - LONGEST} earlier ones`));
    return [make("details", "rb-chart-told", make("summary", "", `In this range: ${words}`), make("ul", "", ...items))];
  }

  Object.assign(RB.charts, { labelOf, listOf });
})();
