// One chart on the page with its head: drawn when it comes near the screen, drawn anew when its size changes.
"use strict";
(() => {
  const charts = RB.charts;
  const { make } = charts;
  const NEAR = "300px";
  const SPARE_PX = 1;

  class Figure {
    // `head` is from legend.js; `host` is the section, told of what the reader does here.
    constructor(host, id, head, big) {
      Object.assign(this, { host, id, head, chart: null, spec: null, near: false });
      this.plot = make("div", "rb-chart-plot");
      this.plot.tabIndex = 0;
      this.plot.setAttribute("role", "application");
      this.plot.setAttribute("aria-roledescription", "chart");
      this.plot.setAttribute("aria-describedby", `chart-hint-${host.slug}`);
      this.body = make("div", "rb-chart-body", this.plot);
      this.why = make("p", "rb-chart-why");
      this.element = make("figure", big ? "rb-chart rb-chart-big" : "rb-chart", head.element, this.body, this.why);
      this.watch();
      charts.listenToKeys(this);
    }

    watch() {
      this.nearness = new IntersectionObserver((entries) => {
        this.near = entries.at(-1).isIntersecting;
        if (this.near && this.stale) this.redraw();
      }, { rootMargin: NEAR });
      this.nearness.observe(this.element);
      this.sizes = new ResizeObserver(() => requestAnimationFrame(() => this.fit()));
      this.sizes.observe(this.plot);
    }

    // What to draw from now on; `label` and `why` are texts.
    show(spec, label, why) {
      this.spec = spec;
      this.stale = true;
      this.plot.setAttribute("aria-label", label);
      this.why.textContent = why;
      if (this.near) this.redraw();
    }

    redraw() {
      this.stale = false;
      this.chart?.destroy();
      this.chart = null;
      this.font = charts.fontOf(this.plot);
      this.chart = charts.draw(this.plot, this.spec);
      charts.listenToGestures(this);
    }

    fit() {
      if (!this.chart || !this.plot.clientWidth) return;
      if (charts.fontOf(this.plot) !== this.font) return this.redraw();
      const { clientWidth: width, clientHeight: height } = this.plot;
      const changed = Math.abs(width - this.chart.width) > SPARE_PX || Math.abs(height - this.chart.height) > SPARE_PX;
      if (changed) this.chart.setSize({ width, height });
    }

    // Another stretch of the same nights.
    stretch(range) {
      if (this.spec) this.spec.range = range;
      if (this.chart && !this.stale) this.chart.setScale("x", { min: range[0], max: range[1] });
    }

    recolour() {
      this.chart?.redraw(false, false);
    }

    // Puts the cursor onto a night, or takes it away; the place in pixels of the body, null where the night is not in sight.
    point(at) {
      if (!this.chart) return null;
      const left = at === null ? -1 : this.chart.valToPos(this.chart.data[0][at], "x");
      const inside = left >= 0 && left <= this.chart.over.clientWidth;
      this.chart.setCursor({ left: inside ? left : -10, top: inside ? this.chart.over.clientHeight / 2 : -10 }, false);
      return inside ? left + this.chart.over.offsetLeft : null;
    }

    remove() {
      this.nearness.disconnect();
      this.sizes.disconnect();
      this.chart?.destroy();
      this.element.remove();
    }
  }

  charts.Figure = Figure;
})();
