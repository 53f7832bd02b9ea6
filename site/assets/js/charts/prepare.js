// Turns what was loaded into what is drawn: one row of nights, a curve for each series, places for changes.
"use strict";
(() => {
  const FEW = 12;
  const GRAVEST = ["broken", "slower", "missing", "machine", "changed", "faster"];
  const A_NIGHT = 36 * 3600;

  const rank = (entry) => {
    const place = GRAVEST.indexOf(entry.verdict?.kind);
    return place < 0 ? GRAVEST.length : place;
  };

  // Series as they are chosen from: of one machine, or each joined over all machines. Changed ones first, retired ones last.
  function entriesOf(metric, machine) {
    const groups = new Map();
    for (const one of metric.series) {
      const key = machine === "all" ? one.same : Number(machine) === one.machine ? one.id : undefined;
      if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    const entries = [...groups.values()].map((members) => {
      const front = members.find((one) => one.shown) ?? members[0];
      return { ...front, members };
    });
    const anyShown = entries.some((entry) => entry.shown);
    entries.forEach((entry) => (entry.retired = anyShown && !entry.shown));
    return entries.sort((a, b) => a.retired - b.retired || rank(a) - rank(b));
  }

  // Those drawn at first; the picked one is among them.
  function chosen(entries, view) {
    if (view.all === "1") return entries;
    const few = entries.filter((entry) => !entry.retired).slice(0, FEW);
    const picked = entries.find((entry) => entry.members.some((one) => one.id === view.pick));
    return !picked || few.includes(picked) ? few : [picked, ...few.slice(0, FEW - 1)];
  }

  function joined(table, entry) {
    const columns = entry.members.map((one) => ({ one, ...table.column(one.id) }));
    const at = table.t.map((_, night) => columns.find(({ values }) => values[night] !== null));
    return {
      entry,
      raw: at.map((column, night) => column?.values[night] ?? null),
      builds: at.map((column, night) => column?.builds[night] ?? ""),
      machines: at.map((column) => column?.one.machine ?? null),
    };
  }

  const kept = (values, nights) => nights.map((night) => values[night]);

  function atOrAfter(sorted, value) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Nights before which the machine was changed or another one took over.
  function breaksOf(curve, events) {
    const own = new Set(curve.entry.members.map((one) => one.machine));
    return new Set(events.filter((event) => event.kind === "machine" && own.has(event.machine)).map((event) => event.at));
  }

  function marksOf(entry, t) {
    const marks = entry.members.flatMap((one) => one.marks ?? []);
    return marks.map(([moment, kind, text]) => ({ at: atOrAfter(t, moment), kind: String(kind), text: String(text ?? kind) }))
      .filter(({ at }) => at < t.length).sort((a, b) => a.at - b.at);
  }

  // One series; its running median is only taken of those that are looked at.
  class Curve {
    constructor(entry, columns, nights) {
      this.entry = entry;
      for (const [name, values] of Object.entries(columns)) this[name] = kept(values, nights);
    }

    get line() {
      this.median ??= RB.charts.running(this.raw, (at) => this.breaks.has(at));
      return this.median;
    }
  }

  function eventsOf(events, machines, t) {
    return events.filter((event) => machines.has(event.machine) && t.length && event.t >= t[0] && event.t <= t.at(-1))
      .map((event) => ({ ...event, text: String(event.text), at: atOrAfter(t, event.t) }));
  }

  // Where joined series go on with another machine and no event says so.
  function handovers(curves, machines, t, told) {
    const known = new Set(told.filter(({ kind }) => kind === "machine").map(({ at }) => at));
    const found = new Map();
    for (const curve of curves) {
      let before = null;
      curve.machines.forEach((machine, at) => {
        if (machine === null) return;
        if (before !== null && machine !== before && !known.has(at)) {
          const text = `another machine: ${machines[machine]?.words ?? machine}`;
          found.set(`${at} ${machine}`, { t: t[at], at, machine, kind: "machine", text });
        }
        before = machine;
      });
    }
    return [...found.values()];
  }

  // {t, run, x, gaps, events, curves}: `x` is where a night stands, its time or its number; `gaps` are nights before which one is missing.
  function frameOf(table, entries, { events = [], machines = [] }, view) {
    const all = entries.map((entry) => joined(table, entry));
    const nights = table.t.map((_, night) => night).filter((night) => all.some((curve) => curve.raw[night] !== null));
    const t = kept(table.t, nights);
    const own = new Set(entries.flatMap((entry) => entry.members.map((one) => one.machine)));
    const curves = all.map(({ entry, ...columns }) => new Curve(entry, columns, nights));
    const told = eventsOf(events, own, t);
    told.push(...handovers(curves, machines, t, told));
    const frame = { t, run: kept(table.run, nights), events: told.sort((a, b) => a.at - b.at), curves: new Map() };
    frame.spacing = RB.charts.median(t.slice(1).map((moment, at) => moment - t[at])) || 86400;
    const most = Math.max(1.7 * frame.spacing, A_NIGHT);
    frame.gaps = t.map((moment, at) => at > 0 && moment - t[at - 1] > most);
    frame.even = view.x === "even";
    frame.x = frame.even ? t.map((_, at) => at) : t;
    for (const curve of curves) {
      curve.breaks = breaksOf(curve, frame.events);
      curve.marks = marksOf(curve.entry, t);
      frame.curves.set(curve.entry.id, curve);
    }
    return frame;
  }

  // By machine, what its nights of a range begin with: values of two machines are not compared.
  function levelsOf(curve, t, from, to) {
    const machines = new Set(curve.machines.filter((machine) => machine !== null));
    const of = (machine) => curve.raw.map((value, at) => (curve.machines[at] === machine ? value : null));
    return new Map([...machines].map((machine) => [machine, RB.charts.firstLevel(of(machine), t, from, to)]));
  }

  // Where a moment stands on the axis, and the moment at a place; beyond the nights their usual distance counts.
  function placeOf(frame, moment) {
    const { t, spacing } = frame;
    if (!frame.even || t.length === 0) return moment;
    if (moment <= t[0]) return (moment - t[0]) / spacing;
    if (moment >= t.at(-1)) return t.length - 1 + (moment - t.at(-1)) / spacing;
    const after = atOrAfter(t, moment);
    return after - (t[after] - moment) / (t[after] - t[after - 1] || 1);
  }

  function momentAt(frame, place) {
    const { t, spacing } = frame;
    if (!frame.even || t.length === 0) return place;
    if (place <= 0) return t[0] + place * spacing;
    if (place >= t.length - 1) return t.at(-1) + (place - t.length + 1) * spacing;
    const before = Math.floor(place);
    return t[before] + (place - before) * (t[before + 1] - t[before]);
  }

  Object.assign(RB.charts, { entriesOf, chosen, frameOf, levelsOf, placeOf, momentAt, atOrAfter });
})();
