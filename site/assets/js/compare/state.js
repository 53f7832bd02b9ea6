// What is chosen, kept in the address: a link, a reload and the back button show the same.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const USUAL = {
    mode: "runs", base: "", candidate: "", run: "", by: "", x: "", y: "", experiment: "", metric: "", text: "", changed: "",
    across: "", sort: "size", order: "descending",
  };
  const SIDES = { runs: ["base", "candidate", "across"], within: ["run", "by", "x", "y"] };

  // Without what only the other mode asks for.
  function relevant(state) {
    const mode = state.mode === "within" ? "within" : "runs";
    const others = SIDES[mode === "within" ? "runs" : "within"];
    return { ...state, mode, ...Object.fromEntries(others.map((name) => [name, USUAL[name]])) };
  }

  const read = () => relevant(Object.fromEntries(Object.entries(USUAL).map(([name, usual]) => [name, RB.address.get(name) || usual])));

  // As one step to go back from, or as a part of the one before.
  function write(state, asStep) {
    const told = Object.entries(relevant(state)).map(([name, value]) => [name, value === USUAL[name] ? "" : value]);
    RB.address.set(Object.fromEntries(told), { push: asStep });
  }

  const haveSameSides = (one, other) => one.mode === other.mode && SIDES[one.mode].every((name) => one[name] === other[name]);

  RB.compare.state = { read, write, relevant, haveSameSides };
})();
