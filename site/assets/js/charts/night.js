// What is to be told of one night of one series.
"use strict";
(() => {
  const COMMIT = /^(?:.*\+g)?([0-9a-f]{7,40})$/;

  // The commit's page where the forge of the variant is known, else "".
  function commitUrl(pattern, build) {
    const commit = COMMIT.exec(build)?.[1];
    if (!commit || typeof pattern !== "string") return "";
    const url = pattern.replace("{commit}", commit);
    return url.startsWith("https://") ? url : "";
  }

  function runUrl({ runs_page: page, runs_years: years = [], runs_untold: untold = [] }, run, moment) {
    const year = String(new Date(moment * 1000).getUTCFullYear());
    return page && years.includes(year) && !untold.includes(run) ? page.replace("{year}", year).replace("{run}", encodeURIComponent(run)) : "";
  }

  function eventsOf(frame, curve, at) {
    const machines = new Set(curve.entry.members.map((one) => one.machine));
    return frame.events.filter((event) => event.at === at && machines.has(event.machine)).map((event) => event.text);
  }

  // Texts and links of the night `at`; `base` is the first level of what is shown, of the same machine.
  function nightOf(manifest, metric, frame, curve, at, base) {
    const { valueText, changeText, hashText, dateText } = RB.numbers;
    const value = curve.raw[at];
    const measured = value !== null;
    const line = curve.line[at];
    return {
      label: curve.entry.label,
      date: dateText(frame.t[at]),
      run: frame.run[at],
      runUrl: runUrl(manifest, frame.run[at], frame.t[at]),
      value: measured ? valueText(value, metric.unit) : "not measured",
      line: measured && line !== value ? valueText(line, metric.unit) : "",
      change: measured && base > 0 && value > 0 ? changeText(value / base, metric.direction) : "",
      build: hashText(curve.builds[at]),
      commitUrl: measured ? commitUrl(manifest.commits?.[curve.entry.variant], curve.builds[at]) : "",
      marks: curve.marks.filter((mark) => mark.at === at),
      events: eventsOf(frame, curve, at),
    };
  }

  // The same as lines [term, text], the empty ones left out.
  function linesOf(night) {
    return [
      ["median of 7", night.line],
      ["against the first level", night.change],
      ["build", night.build],
      ...night.marks.map((mark) => ["change begins", mark.text]),
      ...night.events.map((text) => ["changed that night", text]),
    ].filter(([, text]) => text);
  }

  const sentenceOf = (night) => [`${night.date}: ${night.value}`, ...linesOf(night).map(([term, text]) => `${term} ${text}`)].join(", ");

  Object.assign(RB.charts, { nightOf, linesOf, sentenceOf });
})();
