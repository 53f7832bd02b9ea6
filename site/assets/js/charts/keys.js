// The keyboard in a chart: arrows walk through the nights, with Shift they move the range, + - 0 zoom, Enter keeps a night.
"use strict";
(() => {
  const WEEK = 7;
  const PAN = 0.25;
  const ZOOM = 0.6;

  const ACTIONS = {
    ArrowLeft: (host, figure, event) => (event.shiftKey ? host.pan(-PAN) : host.step(figure, -1)),
    ArrowRight: (host, figure, event) => (event.shiftKey ? host.pan(PAN) : host.step(figure, 1)),
    ArrowUp: (host, figure) => host.otherSeries(figure, -1),
    ArrowDown: (host, figure) => host.otherSeries(figure, 1),
    PageUp: (host, figure) => host.step(figure, -WEEK),
    PageDown: (host, figure) => host.step(figure, WEEK),
    Home: (host, figure) => host.step(figure, -Infinity),
    End: (host, figure) => host.step(figure, Infinity),
    "+": (host) => host.zoom(ZOOM),
    "=": (host) => host.zoom(ZOOM),
    "-": (host) => host.zoom(1 / ZOOM),
    "_": (host) => host.zoom(1 / ZOOM),
    0: (host) => host.reset(),
    Enter: (host, figure) => host.pin(figure, true),
    " ": (host, figure) => host.pin(figure, true),
    Escape: (host) => host.leave(true),
  };

  function listenToKeys(figure) {
    figure.plot.addEventListener("keydown", (event) => {
      const action = ACTIONS[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      // a key with nothing to do here is left to the page, which scrolls by it
      if (action(figure.host, figure, event) === false) return;
      event.preventDefault();
      event.stopPropagation();
    });
    figure.plot.addEventListener("blur", () => figure.host.leave(false));
  }

  RB.charts.listenToKeys = listenToKeys;
})();
