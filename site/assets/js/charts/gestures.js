// Pointers in a chart: a click keeps a night, a double click shows the whole range again, the wheel with Ctrl zooms, with Shift it
// moves; two fingers zoom, one moves sideways. The wheel alone, and a finger up or down, scroll the page as everywhere.
"use strict";
(() => {
  const WHEEL = 0.0015;
  const LINE_PX = 16;
  const MOST_PX = 240;
  const TAP_PX = 8; // a finger that stays within is a tap

  function onWheel(figure, event) {
    const across = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const zooming = event.ctrlKey || event.metaKey;
    if (!zooming && !across) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE_PX : 1;
    const turned = Math.max(-MOST_PX, Math.min(MOST_PX, (zooming || event.deltaX === 0 ? event.deltaY : event.deltaX) * unit));
    const { over } = figure.chart;
    if (!zooming) return figure.host.pan(turned / over.clientWidth, true);
    const share = (event.clientX - over.getBoundingClientRect().left) / over.clientWidth;
    figure.host.zoom(Math.exp(turned * WHEEL), share, true);
  }

  // Fingers: where each began and is now. What lay under them stays under them.
  class Fingers {
    constructor(figure) {
      this.figure = figure;
      this.down = new Map();
    }

    get shares() {
      const box = this.figure.chart.over.getBoundingClientRect();
      return [...this.down.values()].map((x) => (x - box.left) / box.width).sort((a, b) => a - b);
    }

    begin(event) {
      if (event.pointerType !== "touch" || this.down.size === 2) return;
      this.down.set(event.pointerId, event.clientX);
      this.figure.host.touched = true;
      this.start = event.clientX;
      this.still = this.down.size === 1;
      this.anchor();
    }

    // remembers what lies under the fingers
    anchor() {
      const [low, high] = this.figure.host.range;
      this.places = this.shares.map((share) => low + share * (high - low));
    }

    move(event) {
      if (!this.down.has(event.pointerId)) return;
      this.down.set(event.pointerId, event.clientX);
      if (this.still && Math.abs(event.clientX - this.start) < TAP_PX) return;
      if (this.still) this.anchor();
      this.still = false;
      const { host } = this.figure;
      const shares = this.shares;
      const [first, last] = [this.places[0], this.places.at(-1)];
      const apart = shares.at(-1) - shares[0];
      const span = apart > 0.02 ? (last - first) / apart : host.range[1] - host.range[0];
      host.reachOver([first - shares[0] * span, first + (1 - shares[0]) * span]);
    }

    end(event) {
      this.down.delete(event.pointerId);
      this.figure.host.touched = this.down.size > 0;
      if (this.down.size) this.anchor();
    }
  }

  function listenToGestures(figure) {
    const { over } = figure.chart;
    const fingers = new Fingers(figure);
    over.addEventListener("wheel", (event) => onWheel(figure, event), { passive: false });
    over.addEventListener("click", () => figure.host.pin(figure, false));
    over.addEventListener("dblclick", () => figure.host.reset());
    over.addEventListener("pointerdown", (event) => fingers.begin(event));
    over.addEventListener("pointermove", (event) => fingers.move(event));
    for (const name of ["pointerup", "pointercancel"]) over.addEventListener(name, (event) => fingers.end(event));
  }

  RB.charts.listenToGestures = listenToGestures;
})();
