// The charts of one metric: loads what its range needs, keeps its figures in step, and answers what the reader does.
"use strict";
(() => {
  const charts = RB.charts;
  const { make } = charts;
  const LEAD_S = 8 * 86400; // the running median of the first night reaches back
  const HINT = "Drag or Ctrl and wheel: zoom. Shift and wheel: move. Double click: back. Keys: arrows, + − 0, Enter keeps a night. "
    + "Beside a chart's name: the newest value, and its change against the median of the range's first 14 nights.";
  const DAY_S = 86400;
  const LEAST_NIGHTS = 2;
  const SETTLED_MS = 220;

  class Section {
    constructor(element, manifest, slug) {
      Object.assign(this, { element, manifest, slug, metric: manifest.metrics[slug], figures: [], night: null, turn: 0 });
      this.history = new charts.History(manifest.experiment, manifest.base, this.metric);
      this.still = element.querySelector(".rb-chart-static");
      this.area = element.querySelector(".rb-chart-live");
      this.trouble = make("p", "rb-chart-trouble");
      this.trouble.setAttribute("role", "status");
      this.area.after(this.trouble);
      this.view = this.possible(charts.viewOf(slug));
    }

    // Of an address, which may be old or somebody's typing: a range within the history, a machine that there is.
    possible(view) {
      const { history } = this;
      const [from, to] = [Math.max(view.from, history.first - DAY_S), Math.min(view.to, history.last + DAY_S)];
      const own = view.from !== null && from < to ? { from, to } : { from: null, to: null };
      const machines = this.machines().map(([machine]) => machine);
      return { ...view, ...own, machine: machines.includes(view.machine) ? view.machine : machines[0] };
    }

    machines() {
      const used = [...new Set(this.metric.series.map((one) => one.machine))].sort((a, b) => a - b);
      const named = used.map((at) => [String(at), String(this.manifest.machines?.[at]?.words ?? `machine ${at + 1}`)]);
      const joined = used.length > 1 && this.metric.series.every((one) => one.same);
      return joined ? [...named, ["all", "all, one after the other"]] : named;
    }

    begin() {
      this.begun = true;
      return this.refresh();
    }

    // The address says something else than what is shown.
    follow() {
      const view = this.possible(charts.viewOf(this.slug));
      if (charts.same(view, this.view)) return;
      this.view = view;
      if (this.begun) this.refresh();
    }

    change(part, step) {
      this.view = { ...this.view, ...part };
      charts.keep(this.slug, this.view, step);
      return this.refresh();
    }

    async refresh() {
      const turn = ++this.turn;
      const { history, view } = this;
      const elsewhere = !["0", "all"].includes(view.machine);
      const [from, to] = elsewhere ? [history.first, history.last] : charts.reach(view, history.first, history.last);
      await history.load(from - LEAD_S, to);
      if (turn === this.turn) this.arrange();
    }

    // Everything from what is loaded; the figures that stay keep their place and their focus.
    arrange() {
      const { history, view, metric } = this;
      const missing = [...history.failed].sort();
      this.trouble.textContent = missing.length ? `Could not be loaded: ${missing.join(", ")}. What it holds is in the CSV below.` : "";
      if (history.loaded.size === 0) return;
      const held = this.night && { ...this.night, moment: this.frame.t[this.night.at] };
      this.entries = charts.entriesOf(metric, view.machine);
      this.frame = charts.frameOf(history.table(), this.entries, this.manifest, view);
      this.makeParts();
      this.setRange();
      this.placeFigures();
      this.fill();
      this.still.hidden = true;
      this.area.hidden = false;
      if (held) this.holdOn(held);
    }

    makeParts() {
      if (this.controls) return;
      this.controls = new charts.Controls(this.element.querySelector(".rb-chart-controls"), this);
      this.grid = make("div", "rb-chart-grid");
      this.more = charts.button("", "", () => this.change({ all: this.view.all === "1" ? "0" : "1" }, false));
      this.more.className = "rb-chart-all";
      this.told = make("div");
      const hint = make("p", "rb-chart-hint", HINT);
      hint.id = `chart-hint-${this.slug}`;
      this.area.append(this.grid, this.more, this.told, hint);
      this.readout = new charts.Readout(this.area);
    }

    setRange() {
      const { frame, history, view } = this;
      const [first, last] = [frame.t[0] ?? history.first, frame.t.at(-1) ?? history.last];
      [this.from, this.to] = charts.reach(view, first, last);
      if (view.from === null) this.from = Math.max(this.from, first);
      const spare = frame.even ? 0.5 : frame.spacing / 2;
      const pad = view.from === null ? spare : 0;
      this.range = [charts.placeOf(frame, this.from) - pad, charts.placeOf(frame, this.to) + pad];
      const start = Math.min(history.first, first);
      this.bounds = [charts.placeOf(frame, start) - spare, charts.placeOf(frame, last) + spare];
    }

    placeFigures() {
      const { view, entries } = this;
      const some = charts.chosen(entries, view);
      const together = view.layout === "together" && some.length > 1;
      const key = JSON.stringify([together, some.map((entry) => entry.id)]);
      this.some = some;
      this.more.hidden = some.length === entries.length && view.all !== "1";
      this.more.textContent = view.all === "1" ? "show fewer" : `show all ${entries.length}`;
      if (key === this.placed) return;
      this.placed = key;
      this.leave(false);
      this.figures.forEach((figure) => figure.remove());
      this.looks = new Map(some.map((entry, place) => [entry.id, charts.lineOf(place)]));
      this.figures = together ? [this.togetherFigure(some)] : some.map((entry) => this.singleFigure(entry, some.length));
      this.grid.classList.toggle("rb-chart-one", this.figures.length === 1);
      this.grid.append(...this.figures.map((figure) => figure.element));
    }

    singleFigure(entry, many) {
      const figure = new charts.Figure(this, entry.id, charts.headOf(entry), many === 1);
      figure.entries = [entry];
      return figure;
    }

    togetherFigure(entries) {
      const looks = entries.map((entry) => this.looks.get(entry.id));
      const legend = charts.legendOf(entries, looks, this.hidden, (entry) => this.toggle(entry));
      const figure = new charts.Figure(this, "together", legend, true);
      figure.entries = entries;
      return figure;
    }

    get hidden() {
      return new Set(this.view.hide.split(","));
    }

    toggle(entry) {
      const hidden = new Set(this.view.hide.split(",").filter(Boolean));
      if (!hidden.delete(entry.id)) hidden.add(entry.id);
      this.change({ hide: [...hidden].sort().join(",") }, false);
    }

    // Gives every figure its curves, and all texts that depend on the range.
    fill() {
      const { frame, view, metric, from, to } = this;
      this.levels = new Map(this.some.map(({ id }) => [id, charts.levelsOf(frame.curves.get(id), frame.t, from, to)]));
      for (const figure of this.figures) {
        const single = figure.entries.length === 1;
        const curves = figure.entries.filter((entry) => single || !this.hidden.has(entry.id)).map((entry) => {
          const look = single ? { colour: () => charts.colour("trend"), dash: [] } : this.looks.get(entry.id);
          return { ...charts.shownCurve(frame.curves.get(entry.id), this.levels.get(entry.id), view), ...look };
        });
        const label = curves.length === 1 ? charts.labelOf(metric, frame, curves[0].curve, from, to)
          : `${metric.name}, ${RB.numbers.countText(curves.length, "series", "series")} in one chart`;
        const empty = curves.every(({ raw }) => raw.every((value, at) => value === null || frame.t[at] < from || frame.t[at] > to));
        const whys = [...new Set(curves.map(({ why }) => why).filter(Boolean))];
        figure.head.press?.(this.hidden);
        figure.show({
          frame, view, curves, empty, unit: metric.unit, from, to, range: this.range,
          onSelect: (ends) => this.own(ends, true), onNight: (at) => this.hover(figure, at), onSeries: (id) => (figure.focus = id),
        }, label, [...(empty && !whys.length ? ["No value in this range."] : []), ...whys].join(" "));
      }
      this.tellRange();
    }

    tellRange() {
      const { frame, from, to } = this;
      const shown = this.some.map((entry) => ({ curve: frame.curves.get(entry.id) }));
      this.controls.update(this.view, `${RB.numbers.dayText(from)} to ${RB.numbers.dayText(to)}`, this.some.length > 1);
      this.told.replaceChildren(...charts.listOf(frame, shown, from, to));
      this.tellHeads(null);
    }
  }

  Object.assign(Section, { LEAST_NIGHTS, SETTLED_MS });
  charts.Section = Section;
})();
