// The page: reads what is chosen, loads its months, compares, draws.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  const { index, state, choice, table, taking } = RB.compare;
  const { at } = choice;
  const NOTHING_WITHIN = "in this run nothing has two values to compare: it measured one build, and no parameter with two values";
  const page = at("live");
  let current = null; // what is chosen, whole
  let shown = null; // what is compared: rows, sides, remarks
  let latest = 0; // so that a slow month does not draw over what was chosen after it

  function matches(row, { experiment, metric, text }) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if ((experiment && row.experiment !== experiment) || (metric && row.metric !== metric)) return false;
    return words.every((word) => row.found.includes(word));
  }

  async function compareTwo({ base, candidate }, chosen) {
    await RB.compare.load([base, candidate]);
    const told = RB.compare.compareRuns(base, candidate, chosen.across === "1");
    return { ...told, runs: [base, candidate], sides: [base.id, candidate.id], apart: "", state: chosen };
  }

  async function compareInside({ run }, chosen) {
    await RB.compare.load([run]);
    const dimensions = RB.compare.dimensionsOf(RB.compare.sideOf(run));
    const within = choice.withinOf(chosen, dimensions);
    choice.showWithin(dimensions, within);
    const runs = [run, run];
    if (!within) return { series: [], only: [], remarks: [NOTHING_WITHIN], runs, sides: [run.id, run.id], apart: "", state: chosen };
    const { by, x, y } = within;
    const sides = [x, y].map((value) => `${run.id}, ${by} ${value}`);
    return { ...RB.compare.compareWithin(run, by, x, y), runs, sides, apart: by, state: { ...chosen, by, x, y } };
  }

  async function show(asked) {
    const mine = ++latest;
    const runs = choice.runsOf(asked);
    choice.showRuns(runs, asked);
    current = state.relevant({ ...asked, base: runs.base.id, candidate: runs.candidate.id, run: runs.run.id });
    try {
      const told = await (current.mode === "within" ? compareInside : compareTwo)(runs, current);
      if (mine !== latest) return;
      choice.tellRuns(runs);
      RB.compare.nameRows([...told.series, ...told.only], told.apart);
      const absent = runs.missing.map((id) => `${RB.compare.clean(id)}: no run of this name measured anything here`);
      shown = { ...told, remarks: [...absent, ...told.remarks] };
      current = told.state;
      draw();
    } catch (error) {
      if (mine !== latest) return;
      shown = null;
      at("answer").hidden = true;
      tell([error.message], [], "nothing to show");
    }
  }

  function draw() {
    const every = [...shown.series, ...shown.only];
    at("answer").hidden = false;
    choice.showFilters(every, current);
    const chosen = every.filter((row) => matches(row, current));
    const rows = table.sorted(chosen.filter((row) => !current.changed || row.changed), current);
    const pairs = chosen.filter(({ only }) => !only);
    const means = RB.compare.meansOf(pairs, index.rule);
    tell(shown.remarks, RB.compare.verdictRemarks(pairs, means), summaryOf(chosen, rows));
    RB.compare.drawMeans(at("means"), means);
    table.draw(at("table"), at("more"), rows, current, (sort, order) => {
      change({ sort, order }, false);
      at("table").querySelector(`[data-key=${sort}]`).focus();
    });
    at("command").textContent = commandOf();
    at("sides").textContent = RB.compare.clean(`base: ${shown.sides[0]}; candidate: ${shown.sides[1]}`);
    shown.visible = rows;
    page.dataset.drawn = String(Number(page.dataset.drawn ?? 0) + 1);
  }

  function summaryOf(chosen, rows) {
    const counts = RB.compare.grouped(chosen, ({ word }) => word);
    const words = ["slower", "faster", "changed", "unsure", "same", "only in base", "only in candidate"];
    const found = words.filter((word) => counts.has(word)).map((word) => `${counts.get(word).length} ${word}`);
    const all = found.length ? `${found.join(", ")}, of ${RB.numbers.countText(chosen.length, "series", "series")}` : "nothing to compare";
    return rows.length < chosen.length ? `${all}; ${rows.length} shown` : all;
  }

  function tell(warnings, remarks, summary) {
    at("summary").textContent = summary;
    for (const [id, lines] of [["warnings", warnings], ["remarks", remarks]]) {
      at(id).replaceChildren(...lines.map((line) => table.element("li", "", line)));
    }
  }

  const word = (text) => (/^[\w.,:+@%/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

  // The same in a terminal.
  function commandOf() {
    const { mode, base, candidate, run, by, x, y, experiment, metric, changed, across } = current;
    const parts = mode === "within" ? [word(run), by && `--by ${word(`${by}:${x},${y}`)}`] : [base, candidate].map(word);
    parts.push("--home HOME", experiment && `--experiment ${word(experiment)}`, metric && `--metric ${word(metric)}`);
    parts.push(changed && "--only changed", across && "--across-machines");
    return RB.compare.clean(["relaybench compare", ...parts].filter(Boolean).join(" "));
  }

  const change = (differences, asStep = true) => state.write({ ...current, ...differences }, asStep);

  // The address has changed, by what was chosen here or by going back and forward.
  function follow() {
    const next = state.read();
    if (!shown || !state.haveSameSides(next, current)) {
      show(next);
    } else {
      current = next;
      draw();
    }
  }

  async function copy(button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(taking.markdownOf(shown.visible, shown));
      button.textContent = "copied";
    } catch {
      button.textContent = "the browser forbids it";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  }

  function begin() {
    RB.compare.from(page.dataset.folder);
    choice.listen(change, () => current);
    at("csv").addEventListener("click", () => {
      const name = shown.sides.join("-").replace(/[^\w.-]+/g, "_");
      taking.download(`compare-${name}.csv`, taking.csvOf(shown.visible, shown));
    });
    at("copy").hidden = !navigator.clipboard?.writeText;
    at("copy").addEventListener("click", ({ target }) => copy(target));
    RB.address.onchange(follow);
    page.hidden = false;
    document.getElementById("compare-static").hidden = true;
    show(state.read());
  }

  // after the scripts of every page, which stand below
  if (page && index.runs.length) document.addEventListener("DOMContentLoaded", begin);
})();
