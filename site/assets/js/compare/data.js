// The runs there are, and what each of them measured: an index, and two files a month that are loaded when one is chosen.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const FIELDS = ["experiment", "test", "params", "metric", "variant", "machine", "unit", "direction"];
  const index = { runs: [], months: [], rule: null };
  const months = new Map();
  const loading = new Map();
  let folder = "";

  function takeIndex(content) {
    const runOf = ([id, t, month, machines, outcome, seed, prints, throttled, told], place) => ({
      id, t, month, seed, throttled, place, machines: machines.map((one) => content.machines[one][0]),
      outcome: content.outcomes[outcome], prints: prints.map((one) => content.prints[one]),
      page: told ? `runs/${id.slice(0, 4)}.html#run-${id}` : "",
    });
    const runs = content.runs.map(runOf);
    const byId = new Map(runs.map((run) => [run.id, run]));
    Object.assign(index, content, { runs, byId, machineWords: new Map(content.machines) });
  }

  const monthOf = (name) => months.get(name) ?? months.set(name, {}).get(name);
  const takeMonth = (name, content) => Object.assign(monthOf(name), content);
  const takeSpreads = (name, steps) => Object.assign(monthOf(name), { steps });

  function loadScript(path) {
    if (loading.has(path)) return loading.get(path);
    const loaded = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = path;
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => {
        loading.delete(path); // so that another try may succeed
        reject(new Error(`${path.replace(/\?.*/, "")} cannot be loaded`));
      });
      document.head.append(script);
    });
    loading.set(path, loaded);
    return loaded;
  }

  // Everything that these runs need; rejects, naming the file, when one is not there.
  function load(runs) {
    const wanted = new Set(runs.map(({ month }) => month));
    const files = [...wanted].flatMap((place) => {
      const [name, values, spreads] = index.months[place];
      return [`${folder}/${name}.js?v=${values}`, `${folder}/${name}-spread.js?v=${spreads}`];
    });
    return Promise.all(files.map(loadScript));
  }

  // Deviation and nights as of one run of the month: steps are [from, deviation, nights, from, …].
  function spreadAt(steps, run) {
    let found = { sd: 0, nights: 0 };
    for (let at = 0; at < steps.length && steps[at] <= run; at += 3) found = { sd: steps[at + 1], nights: steps[at + 2] };
    return found;
  }

  // Every series that the run measured; its month must be loaded.
  function sideOf(run) {
    const month = months.get(index.months[run.month][0]);
    const place = month.runs.indexOf(run.id);
    const rows = [];
    month.values[place].forEach((value, series) => {
      if (value === null) return;
      const told = month.series[series];
      const row = { value, deterministic: told[FIELDS.length] === 1, ...spreadAt(month.steps[series], place) };
      FIELDS.forEach((field, at) => { row[field] = month.texts[told[at]]; });
      rows.push(row);
    });
    return rows;
  }

  // Label and hash of each build in the run; none before its month is loaded.
  function buildsOf(run) {
    const month = months.get(index.months[run.month][0]);
    const builds = month?.builds?.[month.runs.indexOf(run.id)] ?? [];
    return builds.map((build) => build.map((text) => month.texts[text]));
  }

  // Several hashes of one label are all told.
  const hashOf = (run, variant) => buildsOf(run).filter(([label, hash]) => label === variant && hash).map(([, hash]) => hash).join(" ");
  const from = (place) => { folder = place; };

  Object.assign(RB.compare, { index, takeIndex, takeMonth, takeSpreads, load, sideOf, buildsOf, hashOf, from });
})();
