// One chart: hands uPlot the curves of a plot, with axes, gaps and marks of ours.
"use strict";
(() => {
  const charts = RB.charts;
  const RAW_TOGETHER = 3; // with more lines in one chart their raw nights are noise
  const DENSE_NIGHTS = 250;
  const FEW_NIGHTS = 8;
  const GAP_PX = 3; // so that a gap is seen where nights are closer than pixels
  const DAY = 86400;
  const FAMILY = "system-ui, sans-serif";

  const fontOf = (element) => Math.max(9, Math.round(parseFloat(getComputedStyle(element).fontSize) * 0.85));

  const cutsOf = (frame, shown) => frame.x.map((_, at) => frame.gaps[at] || shown.curve.breaks.has(at));

  function gapsOf(frame, cut) {
    return (u, _series, from, to, gaps) => {
      for (let at = Math.max(1, from); at <= to; at++) {
        if (!cut[at]) continue;
        const ends = [u.valToPos(frame.x[at - 1], "x", true), u.valToPos(frame.x[at], "x", true)];
        const spare = Math.max(0, GAP_PX * uPlot.pxRatio - (ends[1] - ends[0])) / 2;
        gaps.push([ends[0] - spare, ends[1] + spare]);
      }
      return gaps.sort((a, b) => a[0] - b[0]);
    };
  }

  const pointsOf = (shown, size, more) => ({ show: true, size, width: 0, fill: shown.colour, stroke: shown.colour, ...more });

  function rawSeries({ frame, from, to }, shown, single) {
    const nights = charts.atOrAfter(frame.t, to) - charts.atOrAfter(frame.t, from);
    const points = pointsOf(shown, nights > DENSE_NIGHTS ? 2.4 : nights < FEW_NIGHTS ? 6 : 3.4);
    return { scale: "y", stroke: shown.colour, paths: () => null, alpha: single ? 0.42 : 0.3, points };
  }

  // Nights between two gaps, which no line shows.
  function lonely(values, cut) {
    const alone = (at) => at < 0 || at >= values.length || values[at] === null;
    return values.map((_, at) => at).filter((at) => values[at] !== null && (cut[at] || alone(at - 1)) && (cut[at + 1] || alone(at + 1)));
  }

  function lineSeries(frame, shown, withRaw) {
    const cut = cutsOf(frame, shown);
    const points = withRaw ? { show: false } : pointsOf(shown, 3.4, { filter: lonely(shown.line, cut) });
    return { scale: "y", stroke: shown.colour, width: 1.6, dash: shown.dash, gaps: gapsOf(frame, cut), points };
  }

  function yAxis(spec, font) {
    const { view, unit, norm } = spec;
    const scaleOf = (u) => {
      if (view.values === "relative") return { factor: 1 / norm, unit: "%" };
      const largest = Math.max(Math.abs(u.scales.y.min), Math.abs(u.scales.y.max)) * norm;
      const scale = RB.numbers.scaleFor(largest, unit);
      return { factor: scale.factor / norm, unit: scale.unit };
    };
    const ticks = view.scale === "log" ? charts.logTicks : charts.valueTicks;
    return {
      scale: "y", font: `${font}px ${FAMILY}`, stroke: () => charts.colour("muted"), gap: 4, incrs: [Number.MAX_VALUE],
      grid: { stroke: () => charts.colour("line"), width: 1 }, ticks: { show: false },
      splits: (u, _axis, min, max) => ticks(min, max, spec.empty ? 0 : Math.max(2, Math.round((u.height - font * 2) / (font * 3.2))), scaleOf(u).factor),
      filter: (_u, splits) => splits,
      values: (u, splits) => charts.valueTexts(splits, scaleOf(u).factor, scaleOf(u).unit),
      size: (_u, values) => 8 + font * 0.58 * Math.max(3, ...(values ?? []).map((text) => text.length)),
    };
  }

  function xAxis(spec, font) {
    const { frame } = spec;
    // asked before there is a layout: what the value axis takes is guessed
    const most = (u) => Math.max(1, Math.floor((u.width - font * 6) / (font * 6)));
    function evenTicks(u, min, max) {
      const step = Math.max(1, Math.ceil((max - min) / most(u)));
      const first = Math.max(0, Math.ceil(min));
      const ticks = [];
      for (let at = first + Math.floor(step / 2); at <= Math.min(max, frame.x.length - 1); at += step) ticks.push(at);
      return ticks;
    }
    return {
      font: `${font}px ${FAMILY}`, stroke: () => charts.colour("muted"), gap: 3, size: font * 2, incrs: [Number.MAX_VALUE],
      grid: { show: false }, ticks: { stroke: () => charts.colour("line"), width: 1, size: 4 },
      splits: (u, _axis, min, max) => (frame.even ? evenTicks(u, min, max) : charts.dateTicks(min, max, most(u), frame.spacing > DAY / 2 ? DAY : 0)),
      filter: (_u, splits) => splits,
      values: (_u, splits) => charts.dateTexts(splits.map((place) => charts.momentAt(frame, place)), frame.even),
    };
  }

  function cursorOf(spec, rawOf) {
    const point = (u, series) => {
      const element = document.createElement("div");
      element.className = "u-cursor-pt";
      return rawOf(series) ? element : null;
    };
    const colour = (_u, series) => rawOf(series)?.colour() ?? "transparent";
    return {
      y: false, drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { show: point, size: 7, fill: colour, stroke: colour, width: 0 },
      bind: { dblclick: () => null },
      focus: { prox: spec.curves.length > 1 ? 1e6 : -1 },
    };
  }

  function taken(u, spec) {
    const { left, width } = u.select;
    if (width <= 0) return;
    const ends = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    spec.onSelect(ends.map((place) => charts.momentAt(spec.frame, place)));
  }

  // Draws into `plot`. spec: frame, view, unit, empty, from and to as moments, range as places, curves [{curve, raw, line, colour, dash}], onSelect, onNight.
  function draw(plot, spec) {
    const { frame, view } = spec;
    const font = fontOf(plot);
    const norm = charts.normOf(spec.curves);
    const scaled = (values) => (norm === 1 ? values : values.map((value) => (value === null ? null : value / norm)));
    const withRaw = spec.curves.length <= RAW_TOGETHER;
    const curves = spec.curves.map((shown) => ({ ...shown, raw: scaled(withRaw ? shown.raw : shown.line), line: scaled(shown.line) }));
    const layers = curves.flatMap((shown) => [
      ...(withRaw ? [{ shown, values: shown.raw, options: rawSeries(spec, shown, curves.length === 1), pointed: true }] : []),
      { shown, values: shown.line, options: lineSeries(frame, shown, withRaw), pointed: !withRaw },
    ]);
    const within = { ...spec, norm };
    const word = (ratio) => `${Math.round(font * ratio)}px ${FAMILY}`;
    const u = new uPlot({
      width: plot.clientWidth || 300, height: plot.clientHeight || 150, legend: { show: false }, padding: [4, 16, 0, 0],
      focus: { alpha: 0.25 },
      scales: {
        x: { time: false, auto: false, range: (_u, min, max) => [min, max], min: spec.range[0], max: spec.range[1] },
        y: { distr: view.scale === "log" ? 3 : 1, range: (chart) => charts.limitsOf(curves, ...chart.series[0].idxs, view) },
      },
      series: [{}, ...layers.map((layer) => layer.options)],
      axes: [xAxis(within, font), yAxis(within, font)],
      cursor: cursorOf(within, (series) => (layers[series - 1]?.pointed ? layers[series - 1].shown : null)),
      hooks: {
        drawAxes: [(chart) => charts.drawEvents(chart, frame)],
        draw: [(chart) => {
          charts.drawBeyond(chart, frame, curves);
          charts.drawMarks(chart, frame, curves, word);
        }],
        setSelect: [(chart) => taken(chart, spec)],
        setCursor: [(chart) => spec.onNight(chart.cursor.idx ?? null)],
        setSeries: [(_chart, series) => spec.onSeries?.(series === null ? null : layers[series - 1]?.shown.curve.entry.id)],
      },
    }, [frame.x, ...layers.map((layer) => layer.values)], plot);
    return u;
  }

  Object.assign(charts, { draw, fontOf });
})();
