// What stands on a chart beside its lines: where a level changed, when the machine or the versions did, nights beyond its edges.
"use strict";
(() => {
  const charts = RB.charts;
  const CROWDED_PX = 28; // more changes of a kind than one in so many pixels are ticks at the bottom, not lines

  const NEAR_PX = 4; // equal words closer than this are written once

  function between(frame, at) {
    return at > 0 ? (frame.x[at - 1] + frame.x[at]) / 2 : frame.x[at];
  }

  function seen(u, place) {
    return place >= u.scales.x.min && place <= u.scales.x.max;
  }

  function vertical(u, x, fromY, colour, dash, width = 1) {
    const { ctx, bbox } = u;
    ctx.beginPath();
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * uPlot.pxRatio;
    ctx.setLineDash(dash.map((length) => length * uPlot.pxRatio));
    ctx.moveTo(x, fromY);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  // Before the lines are drawn: the machine's changes as dashed lines, those of versions fainter and dotted.
  function drawEvents(u, frame) {
    const { ctx, bbox } = u;
    const places = frame.events.map((event) => ({ event, place: between(frame, event.at) })).filter(({ place }) => seen(u, place));
    const count = (machine) => places.filter(({ event }) => (event.kind === "machine") === machine).length;
    const many = { true: count(true), false: count(false) };
    ctx.save();
    for (const { event, place } of places) {
      const x = Math.round(u.valToPos(place, "x", true)) + 0.5;
      const machine = event.kind === "machine";
      const crowded = many[machine] * CROWDED_PX * uPlot.pxRatio > bbox.width;
      const top = !crowded ? bbox.top : bbox.top + bbox.height - 5 * uPlot.pxRatio;
      ctx.globalAlpha = machine ? 0.9 : 0.55;
      vertical(u, x, top, charts.colour("muted"), crowded ? [] : machine ? [5, 3] : [1, 3]);
    }
    ctx.restore();
  }

  // A flag with its word at the top; a second row where the first is taken, no word where both are (the list has it).
  function drawMarks(u, frame, curves, font) {
    const { ctx, bbox } = u;
    const ends = [-Infinity, -Infinity];
    const told = [];
    const ratio = uPlot.pxRatio;
    ctx.save();
    ctx.font = font(ratio);
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    const marks = curves.flatMap((shown) => shown.curve.marks).sort((a, b) => a.at - b.at);
    for (const mark of marks.filter(({ at }) => seen(u, frame.x[at]))) {
      const colour = charts.colour(charts.toneOf(mark.kind));
      const x = Math.round(u.valToPos(frame.x[mark.at], "x", true));
      vertical(u, x, bbox.top, colour, [], 1);
      if (told.some((other) => other.kind === mark.kind && Math.abs(other.x - x) < NEAR_PX * ratio)) continue;
      told.push({ kind: mark.kind, x });
      const width = ctx.measureText(mark.kind).width + 6 * ratio;
      const left = x + width > bbox.left + bbox.width ? x - width : x;
      const row = ends.findIndex((end) => left > end);
      if (row < 0) continue;
      ends[row] = left + width;
      const size = parseFloat(ctx.font.match(/([\d.]+)px/)[1]);
      ctx.fillStyle = colour;
      ctx.fillText(mark.kind, left + 3 * ratio, bbox.top + row * (size + 2 * ratio) + ratio);
    }
    ctx.restore();
  }

  // A small wedge at the edge for each night that lies beyond it.
  function drawBeyond(u, frame, curves) {
    const { ctx, bbox } = u;
    const { min, max } = u.scales.y;
    const size = 3 * uPlot.pxRatio;
    const [from, to] = u.series[0].idxs;
    ctx.save();
    for (const { raw, colour } of curves) {
      ctx.fillStyle = colour();
      for (let at = from; at <= to; at++) {
        if (raw[at] === null || (raw[at] >= min && raw[at] <= max)) continue;
        const up = raw[at] > max;
        const tip = up ? bbox.top : bbox.top + bbox.height;
        const x = u.valToPos(frame.x[at], "x", true);
        ctx.beginPath();
        ctx.moveTo(x, tip);
        ctx.lineTo(x - size, tip + (up ? 1.6 : -1.6) * size);
        ctx.lineTo(x + size, tip + (up ? 1.6 : -1.6) * size);
        ctx.fill();
      }
    }
    ctx.restore();
  }

  Object.assign(charts, { drawEvents, drawMarks, drawBeyond });
})();
