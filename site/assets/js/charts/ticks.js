// Axes that can be read: round values in a suiting unit, dates in UTC.
"use strict";
(() => {
  const DAY = 86400;
  const DECADE = 10;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
  const SECOND_STEPS = [60, 300, 900, 3600, 10800, 21600, DAY, 2 * DAY, 7 * DAY, 14 * DAY];

  function roundStep(rough) {
    const power = 10 ** Math.floor(Math.log10(rough));
    const mantissa = rough / power;
    return (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * power;
  }

  // Round values from `min` to `max`, about `count` of them; `factor` is what one of the shown unit is.
  function valueTicks(min, max, count, factor) {
    const step = roundStep((max - min) / count / factor);
    if (!(step > 0) || !Number.isFinite(step)) return [];
    const first = Math.ceil(min / factor / step - 1e-9);
    const last = Math.floor(max / factor / step + 1e-9);
    const ticks = [];
    for (let at = first; at <= last && ticks.length < 50; at++) ticks.push(at * step * factor);
    // one value alone gives no measure
    return ticks.length < 2 && count < 16 ? valueTicks(min, max, count * 2, factor) : ticks;
  }

  // Powers of ten, with 2 and 5 where few of them fit; round values where the range is less than a decade.
  function logTicks(min, max, count, factor) {
    if (!count) return [];
    const decades = Math.log10(max) - Math.log10(min);
    if (decades < 1) return valueTicks(min, max, count, factor);
    const every = Math.ceil(decades / Math.max(2, count));
    const parts = decades < count / 2 ? [1, 2, 5] : [1];
    const ticks = [];
    const first = Math.floor(Math.log10(min / factor));
    for (let power = first; power <= Math.log10(max / factor) && ticks.length < 60; power += every) {
      ticks.push(...parts.map((part) => part * 10 ** power * factor).filter((tick) => tick >= min && tick <= max));
    }
    return ticks;
  }

  const withUnit = (texts, unit) => texts.map((text, at) => (at === texts.length - 1 && unit ? `${text} ${unit}` : text));

  // As many digits as tell neighbours apart; the unit stands at the last one, the topmost.
  function valueTexts(ticks, factor, unit) {
    const shown = ticks.map((tick) => tick / factor);
    if (shown[0] > 0 && shown.at(-1) / shown[0] >= DECADE) return withUnit(shown.map((value) => RB.numbers.numberText(value)), unit);
    const gaps = shown.slice(1).map((value, at) => Math.abs(value - shown[at])).filter((gap) => gap > 0);
    const step = gaps.length ? Math.min(...gaps) : Math.abs(shown[0] ?? 1) / 10;
    const largest = Math.max(...shown.map(Math.abs), step);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const plain = largest < 1e7 && digits <= 6 && largest > 1e-4;
    const significant = Math.min(4, Math.max(0, Math.ceil(Math.log10(largest / step))));
    const texts = shown.map((value) => plain ? value.toFixed(digits) : value === 0 ? "0" : value.toExponential(significant));
    return withUnit(texts.map((text) => text.replace("-", "−").replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, "\u2009")), unit);
  }

  function monthTicks(from, to, months) {
    const start = new Date(from * 1000);
    const first = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
    const ticks = [];
    for (let month = first; ticks.length < 100; month += months) {
      const moment = Date.UTC(Math.floor(month / 12), month % 12) / 1000;
      if (moment > to) break;
      if (moment >= from) ticks.push(moment);
    }
    return ticks;
  }

  // Beginnings of hours, days or months, at most `count` of them and no closer than `least` seconds.
  function dateTicks(from, to, count, least = 0) {
    const rough = Math.max(least, (to - from) / Math.max(1, count));
    const seconds = SECOND_STEPS.find((step) => step >= rough);
    if (!seconds) {
      const months = MONTH_STEPS.find((step) => step * 30.5 * DAY >= rough) ?? MONTH_STEPS.at(-1) * Math.ceil(rough / (MONTH_STEPS.at(-1) * 30.5 * DAY));
      return monthTicks(from, to, months);
    }
    const offset = seconds % (7 * DAY) === 0 ? 4 * DAY : 0; // weeks begin on Mondays, 1970 on a Thursday
    const ticks = [];
    for (let at = Math.ceil((from - offset) / seconds) * seconds + offset; at <= to; at += seconds) ticks.push(at);
    return ticks;
  }

  const parts = (moment) => {
    const date = new Date(moment * 1000);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), clock: date.toISOString().slice(11, 16) };
  };

  // Day and month; the year where it is the first told or another than before, the hour where the day is the same.
  function dateTexts(moments, days = false) {
    const months = !days && moments.length > 1 && moments[1] - moments[0] >= 28 * DAY;
    let before = null;
    return moments.map((moment) => {
      const now = parts(moment);
      const newYear = before === null || before.year !== now.year;
      const sameDay = before && !newYear && before.month === now.month && before.day === now.day;
      before = now;
      const day = months ? MONTHS[now.month] : `${now.day} ${MONTHS[now.month]}`;
      if (sameDay) return now.clock;
      return newYear ? (months && now.month === 0 ? String(now.year) : `${day} ${now.year}`) : day;
    });
  }

  Object.assign(RB.charts, { valueTicks, logTicks, valueTexts, dateTicks, dateTexts });
})();
