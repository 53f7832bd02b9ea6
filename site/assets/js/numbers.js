// Numbers, changes, durations and dates as people read them: what pytest_relaybench/render/format.py says, in the browser.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  const NO_VALUE = "–";
  const THIN = "\u2009";
  const WORTH_A_WORD = 0.02;
  const NO_CHANGE = 0.0005;
  const COMMIT_DIGITS = 10;
  const FULL_COMMIT = 40;
  const MORE_DIGITS = 45; // of a number that lies just between two of fewer digits, all are seen
  const SECONDS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const BYTES = [[1024 ** 4, "TiB"], [1024 ** 3, "GiB"], [1024 ** 2, "MiB"], [1024, "KiB"], [1, "B"]];
  const FACTORS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]];
  const SI_UNITS = new Set(["FLOP", "FLOP/s", "OP/s", "B/s", "Hz", "W", "J", "1/s", "items/s", "samples/s"]);
  const BARE = new Set(["", "1", "count"]);

  const isKnown = (value) => typeof value === "number" && Number.isFinite(value);
  const twoDigits = (number) => String(number).padStart(2, "0");
  const grouped = (text) => text.replace(/^(-?)(\d+)/, (_, sign, whole) => sign + whole.replace(/\B(?=(\d{3})+$)/g, THIN));

  // `text` has so many digits after the point; of two that are as near Python takes the even one, JavaScript the larger.
  function evenOf(text, exact, digits) {
    const end = exact.indexOf(".") + 1 + digits;
    if (!/^50*$/.test(exact.slice(end))) return text;
    const below = exact.slice(0, digits ? end : end - 1);
    return "02468".includes(below.at(-1)) ? below : text;
  }

  const fixed = (value, digits) => evenOf(value.toFixed(digits), value.toFixed(digits + MORE_DIGITS), digits);

  function exponential(value, digits) {
    const [mantissa, power] = value.toExponential(digits).split("e");
    const exact = value.toExponential(digits + MORE_DIGITS).split("e")[0];
    return `${evenOf(mantissa, exact, digits)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }

  function scaleFor(value, unit) {
    const size = Math.abs(value);
    const found = (steps) => steps.find(([factor]) => size >= factor);
    const scale = ([factor, shown]) => ({ factor, unit: shown });
    if (BARE.has(unit)) return scale([1, ""]);
    if (unit === "s") return scale(found(SECONDS) ?? (size ? SECONDS.at(-1) : [1, "s"]));
    if (unit === "B") return scale(found(BYTES) ?? [1, "B"]);
    if (!SI_UNITS.has(unit)) return scale([1, unit]);
    const [factor, prefix] = found(FACTORS) ?? [1, ""];
    return scale([factor, prefix + unit]);
  }

  function numberText(value) {
    if (!isKnown(value)) return NO_VALUE;
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e9 || size < 1e-4) return exponential(value, 2);
    const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
    const text = grouped(fixed(value, digits));
    return Number.isInteger(value) && text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  }

  const inScale = (value, { factor }) => (isKnown(value) ? numberText(value / factor) : NO_VALUE);

  function valueText(value, unit) {
    if (!isKnown(value)) return NO_VALUE;
    const scale = scaleFor(value, unit);
    return `${inScale(value, scale)} ${scale.unit}`.trimEnd();
  }

  function ratioText(ratio) {
    if (!isKnown(ratio) || Math.abs(ratio) < 0.0995) return numberText(ratio);
    const size = Math.abs(ratio);
    return grouped(fixed(ratio, size < 9.995 ? 2 : size < 99.95 ? 1 : 0));
  }

  function worth(ratio, direction) {
    if (!["lower", "higher"].includes(direction) || !isKnown(ratio) || Math.abs(ratio - 1) < WORTH_A_WORD) return "";
    return ratio > 1 === (direction === "lower") ? "worse" : "better";
  }

  function amount(ratio) {
    if (ratio >= 2 || ratio <= 0.5) return `×${numberText(ratio)}`;
    return `${ratio > 1 ? "+" : "−"}${fixed(Math.abs(ratio - 1) * 100, 1)} %`;
  }

  function changeText(ratio, direction = "neutral") {
    if (!isKnown(ratio) || ratio <= 0) return NO_VALUE;
    if (Math.abs(ratio - 1) < NO_CHANGE) return "no change";
    const word = worth(ratio, direction);
    return word ? `${amount(ratio)} (${word})` : amount(ratio);
  }

  function durationText(seconds) {
    if (!isKnown(seconds) || seconds < 0) return NO_VALUE;
    if (seconds < 9.95) return `${fixed(seconds, 1)} s`;
    const whole = Number(fixed(seconds, 0));
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
    const hours = Math.floor(minutes / 60);
    return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
  }

  // Of seconds since 1970, as UTC.
  const isoText = (seconds) => new Date(seconds * 1000).toISOString();
  const dayText = (seconds) => (isKnown(seconds) ? isoText(seconds).slice(0, 10) : NO_VALUE);
  const dateText = (seconds) => (isKnown(seconds) ? `${isoText(seconds).slice(0, 16).replace("T", " ")} UTC` : NO_VALUE);

  const countText = (count, noun, plural = "") => (count === 1 ? `${count} ${noun}` : `${count} ${plural || `${noun}s`}`);

  // A build's hash with its commit cut to ten digits.
  function hashText(hash) {
    const plus = hash.indexOf("+");
    if (plus >= 0) return hash.slice(0, plus + 1 + COMMIT_DIGITS);
    return hash.length < FULL_COMMIT ? hash : hash.slice(0, COMMIT_DIGITS);
  }

  RB.numbers = {
    NO_VALUE, scaleFor, inScale, valueText, numberText, ratioText, changeText, worth, durationText, dateText, dayText, countText, hashText,
  };
})();
