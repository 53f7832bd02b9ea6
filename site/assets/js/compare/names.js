// What the rows of one experiment and metric are called: only what tells them apart.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const LONGEST = 120;

  // A word speaks for itself, a number does not.
  function wordOf(name, value) {
    const text = RB.compare.textOf(value);
    if (typeof value === "string") {
      try {
        JSON.parse(text);
      } catch {
        return text;
      }
    }
    return `${name}=${text}`;
  }

  // A long name without its middle: what tells it from others is as often at its end.
  function shortened(text) {
    if (text.length <= LONGEST) return text;
    const half = Math.floor((LONGEST - 1) / 2);
    return `${text.slice(0, half)}…${text.slice(-half)}`;
  }

  function distinct(group, valueOf) {
    return new Set(group.map(valueOf)).size > 1;
  }

  function nameGroup(group, apart) {
    const parsed = new Map(group.map((row) => [row, JSON.parse(row.params)]));
    const names = [...new Set([...parsed.values()].flatMap(Object.keys))].filter((name) => name !== apart);
    const telling = names.filter((name) => distinct(group, (row) => JSON.stringify(parsed.get(row)[name])));
    const tests = distinct(group, (row) => row.test);
    const builds = apart !== "variant" && distinct(group, (row) => row.variant);
    for (const row of group) {
      const params = parsed.get(row);
      const words = telling.filter((name) => Object.hasOwn(params, name)).map((name) => wordOf(name, params[name]));
      const moved = apart !== "variant" && row.baseVariant !== row.variant;
      if (tests || !words.length) words.unshift(row.test.replace(/^test_/, ""));
      if (moved) words.push(`(${row.baseVariant} → ${row.variant})`);
      else if (builds) words.push(`(${row.variant})`);
      const whole = Object.keys(params).map((name) => `${name}=${RB.compare.textOf(params[name])}`);
      row.name = shortened(RB.compare.clean(words.join(" ")));
      row.title = RB.compare.clean([row.test, ...whole, row.variant].join(" · "));
      row.found = `${row.experiment} ${row.metric} ${row.word} ${row.title} ${row.baseVariant}`.toLowerCase();
    }
  }

  // Gives each row its `name`, a whole `title`, and `found`, in which text is searched; `apart` is the dimension compared.
  function nameRows(rows, apart) {
    const groups = RB.compare.grouped(rows, ({ experiment, metric }) => JSON.stringify([experiment, metric]));
    for (const group of groups.values()) nameGroup(group, apart);
  }

  Object.assign(RB.compare, { nameRows });
})();
