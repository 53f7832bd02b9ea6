// What the reader does with a metric's charts: moving and zooming their common range, walking through the nights.
"use strict";
(() => {
  const charts = RB.charts;
  const { LEAST_NIGHTS, SETTLED_MS } = charts.Section;

  const moving = {
    // Another range of places at once, in all figures; it is kept and its files are loaded when the reader rests.
    reachOver([low, high]) {
      const { frame, bounds } = this;
      const widest = bounds[1] - bounds[0];
      const least = Math.min(widest, LEAST_NIGHTS * (frame.even ? 1 : frame.spacing));
      const span = Math.min(widest, Math.max(least, high - low));
      const middle = (low + high) / 2;
      const start = Math.min(Math.max(middle - span / 2, bounds[0]), bounds[1] - span);
      this.range = [start, start + span];
      this.figures.forEach((figure) => figure.stretch(this.range));
      this.settle();
    },

    settle() {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => {
        if (this.touched) return this.settle();
        return this.own(this.range.map((place) => charts.momentAt(this.frame, place)), false);
      }, SETTLED_MS);
    },

    pan(share) {
      const [low, high] = this.range;
      const by = share * (high - low);
      this.reachOver([low + by, high + by]);
    },

    zoom(factor, share = 0.5) {
      const [low, high] = this.range;
      const at = low + share * (high - low);
      this.reachOver([at - (at - low) * factor, at + (high - at) * factor]);
    },

    own([from, to], step) {
      clearTimeout(this.settling);
      const [start, end] = [charts.rounded(from), charts.rounded(to)];
      return start < end ? this.change({ from: start, to: end }, step) : undefined;
    },

    reset() {
      clearTimeout(this.settling);
      this.change({ from: null, to: null }, true);
    },

    entryOf(figure) {
      const entries = figure.entries.filter((entry) => figure.entries.length === 1 || !this.hidden.has(entry.id));
      return entries.find((entry) => entry.id === figure.focus) ?? entries[0];
    },

    tell(figure, at) {
      const entry = this.entryOf(figure);
      if (!entry) return null;
      const curve = this.frame.curves.get(entry.id);
      return charts.nightOf(this.manifest, this.metric, this.frame, curve, at, this.levels.get(entry.id).get(curve.machines[at]));
    },

    // From the pointer, `at` null when it left.
    hover(figure, at) {
      if (at === null) this.leave(false);
      else this.moveTo(figure, at, { pointer: true });
    },

    // All figures' cursors onto a night; under the pointer the cursor is there already.
    moveTo(figure, at, { pointer = false, spoken = false } = {}) {
      this.night = { figure, at };
      let left = null;
      for (const other of this.figures) {
        const place = other === figure && pointer ? this.placeUnder(other, at) : other.point(at);
        if (other === figure) left = place;
      }
      const night = this.tell(figure, at);
      if (night && left !== null) this.readout.show(figure, night, left);
      else this.readout.hide();
      if (night && spoken) this.readout.say(charts.sentenceOf(night));
      this.tellHeads(at);
    },

    // After everything was drawn anew: the same night, where it is still there.
    holdOn({ figure, moment }) {
      const at = charts.atOrAfter(this.frame.t, moment);
      if (this.figures.includes(figure) && at < this.frame.t.length) this.moveTo(figure, at);
      else this.leave(false);
    },

    placeUnder(figure, at) {
      return figure.chart.valToPos(figure.chart.data[0][at], "x") + figure.chart.over.offsetLeft;
    },

    leave(quiet) {
      if (this.night) {
        this.night = null;
        this.readout.hide();
        this.figures.forEach((figure) => figure.point(null));
        this.tellHeads(null);
      }
      if (quiet && this.readout) this.readout.unpin();
    },

    // Values at a night in every head; without a night the newest ones of the range.
    tellHeads(at) {
      const { frame, from, to, metric } = this;
      for (const figure of this.figures) {
        const texts = new Map(figure.entries.map((entry) => {
          const curve = frame.curves.get(entry.id);
          const night = at ?? curve.raw.findLastIndex((value, place) => value !== null && frame.t[place] >= from && frame.t[place] <= to);
          const value = curve.raw[night] ?? null;
          const base = this.levels.get(entry.id).get(curve.machines[night]);
          const past = RB.charts.isPastFirst(curve.raw, frame.t, from, night);
          const change = past && value > 0 && base > 0 ? RB.numbers.changeText(value / base, "neutral") : "";
          return [entry.id, value === null ? "–" : [RB.numbers.valueText(value, metric.unit), change].filter(Boolean).join(", ")];
        }));
        figure.head.tell(texts);
      }
    },

    // Nights of this range at which the entry under the cursor has a value.
    nights(figure) {
      const { frame, range } = this;
      const curve = frame.curves.get(this.entryOf(figure)?.id);
      const inside = (at) => frame.x[at] >= range[0] && frame.x[at] <= range[1];
      return frame.x.map((_, at) => at).filter((at) => inside(at) && curve && curve.raw[at] !== null);
    },

    step(figure, by) {
      const nights = this.nights(figure);
      if (!nights.length) return;
      const here = this.night?.figure === figure ? charts.atOrAfter(nights, this.night.at) : null;
      const from = here ?? (by < 0 ? nights.length : -1);
      const to = here === null && Number.isFinite(by) ? (by < 0 ? nights.length - 1 : 0) : from + by;
      this.moveTo(figure, nights[Math.max(0, Math.min(nights.length - 1, to))], { spoken: true });
    },

    // Of several series in one chart the next one, or the one before.
    otherSeries(figure, by) {
      const entries = figure.entries.filter((entry) => !this.hidden.has(entry.id));
      if (figure.entries.length === 1 || !entries.length) return false;
      const at = entries.indexOf(this.entryOf(figure));
      figure.focus = entries[(at + by + entries.length) % entries.length].id;
      const nights = this.nights(figure);
      if (nights.length) this.moveTo(figure, this.night?.at ?? nights.at(-1), { spoken: true });
      return true;
    },

    pin(figure, focused) {
      if (this.night?.figure !== figure) return focused ? false : undefined;
      const night = this.tell(figure, this.night.at);
      if (!night) return undefined;
      this.readout.pin(night, focused, () => this.readout.unpin() && figure.plot.focus());
      return true;
    },
  };

  Object.assign(charts.Section.prototype, moving);
})();
