// The controls: which two runs, or which two values of one run, and what of them is shown.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const DAY = 86400;
  const LONGEST = 40; // of a build's label
  const MOST_BUILDS = 4;
  const TYPING_MS = 120; // without a key until what was typed is looked for
  const at = (id) => document.getElementById(`compare-${id}`);
  const { clean, index } = RB.compare;

  function option(value, label, chosen) {
    const made = document.createElement("option");
    Object.assign(made, { value, textContent: label, selected: value === chosen });
    return made;
  }

  function runLabel(run) {
    const several = index.machines.length > 1 ? run.machines.map((one) => index.machineWords.get(one)?.split(", ").at(-1) || one) : [];
    return clean([RB.numbers.dateText(run.t).replace(" UTC", ""), run.outcome, ...several].filter(Boolean).join(" · "));
  }

  // Newest first, a group a month.
  function fillRuns(select, chosen) {
    if (!select.options.length) {
      const groups = index.months.map(([name], month) => {
        const group = document.createElement("optgroup");
        group.label = name;
        group.append(...index.runs.filter((run) => run.month === month).reverse().map((run) => option(run.id, runLabel(run))));
        return group;
      });
      select.append(...groups.reverse());
    }
    select.value = chosen;
  }

  function fill(select, values, chosen, all) {
    const options = values.map((value) => option(value, clean(value), chosen));
    select.replaceChildren(...(all ? [option("", all, chosen)] : []), ...options);
  }

  // The run before it on a machine of it, else the one before it; itself where it is the first.
  function before(run) {
    const earlier = index.runs.slice(0, run.place).reverse();
    return earlier.find((other) => RB.compare.shareMachine(other, run)) ?? earlier[0] ?? run;
  }

  // Of the runs on its machine the one nearest to so many days before it.
  function daysBefore(run, days) {
    if (!days) return before(run);
    const earlier = index.runs.slice(0, run.place);
    const alike = earlier.filter((other) => RB.compare.shareMachine(other, run));
    const from = alike.length ? alike : earlier;
    const distance = (other) => Math.abs(run.t - days * DAY - other.t);
    return from.reduce((best, other) => (best && distance(best) < distance(other) ? best : other), null) ?? run;
  }

  // The runs that the state means, and whether one that it names is not there.
  function runsOf(state) {
    const newest = index.runs.at(-1);
    const named = (id) => index.byId.get(id);
    const missing = [state.base, state.candidate, state.mode === "within" ? state.run : ""].filter((id) => id && !named(id));
    const candidate = named(state.candidate) ?? newest;
    return { candidate, base: named(state.base) ?? before(candidate), run: named(state.run) ?? newest, missing };
  }

  function tellRun(place, run) {
    const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
    const buildText = ([label, hash]) => [short(label), short(RB.numbers.hashText(hash))].filter(Boolean).join(" ");
    const builds = RB.compare.buildsOf(run).map(buildText);
    const seed = run.seed === null ? "" : `seed ${run.seed}`;
    const more = RB.numbers.countText(builds.length - MOST_BUILDS, "more build");
    const shown = builds.length > MOST_BUILDS ? [...builds.slice(0, MOST_BUILDS), `and ${more}`] : builds;
    const name = Object.assign(document.createElement(run.page ? "a" : "span"), { textContent: clean(run.id) });
    if (run.page) name.href = run.page;
    place.replaceChildren(name, clean(["", seed, ...shown].filter((word, at) => word || !at).join(" · ")));
  }

  const tellRuns = (runs) => ["base", "candidate", "run"].forEach((name) => tellRun(at(`${name}-told`), runs[name]));

  function showRuns({ base, candidate, run }, state) {
    const within = state.mode === "within";
    at("runs").hidden = within;
    at("within").hidden = !within;
    for (const radio of document.querySelectorAll("[name=compare-mode]")) radio.checked = radio.value === state.mode;
    for (const [name, chosen] of [["base", base], ["candidate", candidate], ["run", run]]) {
      fillRuns(at(name), chosen.id);
    }
    tellRuns({ base, candidate, run });
    at("across-label").hidden = within || RB.compare.shareMachine(base, candidate);
    at("across").checked = state.across === "1";
  }

  // What of the dimensions is chosen; what the state names that is not there gives way to what is.
  function withinOf(state, dimensions) {
    const by = dimensions.has(state.by) ? state.by : dimensions.keys().next().value;
    if (by === undefined) return null;
    const values = dimensions.get(by);
    const x = values.includes(state.x) ? state.x : values.find((value) => value !== state.y);
    const y = values.includes(state.y) ? state.y : values.find((value) => value !== x);
    return { by, x, y };
  }

  function showWithin(dimensions, chosen) {
    const names = [...dimensions.keys()];
    fill(at("by"), names, chosen?.by);
    for (const [id, value] of [["x", chosen?.x], ["y", chosen?.y]]) fill(at(id), dimensions.get(chosen?.by) ?? [], value);
    for (const id of ["by", "x", "y"]) at(id).disabled = !chosen;
  }

  function showFilters(rows, state) {
    for (const name of ["experiment", "metric"]) {
      const known = new Set(rows.map((row) => row[name]));
      if (state[name]) known.add(state[name]);
      fill(at(name), [...known].sort(RB.compare.natural), state[name], `all ${name}s`);
    }
    if (document.activeElement !== at("text")) at("text").value = state.text;
    at("changed").checked = state.changed === "1";
  }

  // Calls `change(differences, asStep)` for everything that somebody chooses.
  function listen(change, current) {
    const onChange = (id, differences) => at(id).addEventListener("change", (event) => change(differences(event.target)));
    for (const name of ["base", "candidate", "run", "by", "x", "y", "experiment", "metric"]) {
      onChange(name, ({ value }) => ({ [name]: value, ...(name === "by" ? { x: "", y: "" } : {}) }));
    }
    for (const name of ["changed", "across"]) onChange(name, ({ checked }) => ({ [name]: checked ? "1" : "" }));
    for (const radio of document.querySelectorAll("[name=compare-mode]")) {
      // the run that one looks at stays
      radio.addEventListener("change", () => {
        const { candidate, run } = current();
        change(radio.value === "within" ? { mode: "within", run: candidate } : { mode: "runs", candidate: run, base: "" });
      });
    }
    let typing = 0;
    at("text").addEventListener("input", ({ target }) => {
      clearTimeout(typing);
      typing = setTimeout(() => change({ text: target.value }, false), TYPING_MS);
    });
    at("swap").addEventListener("click", () => change({ base: current().candidate, candidate: current().base }));
    at("swap-values").addEventListener("click", () => change({ x: current().y, y: current().x }));
    for (const button of document.querySelectorAll("[data-days]")) {
      button.addEventListener("click", () => {
        const newest = index.runs.at(-1);
        change({ candidate: newest.id, base: daysBefore(newest, Number(button.dataset.days)).id });
      });
    }
  }

  RB.compare.choice = { runsOf, showRuns, tellRuns, withinOf, showWithin, showFilters, listen, at };
})();
