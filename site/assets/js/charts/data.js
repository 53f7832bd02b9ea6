// The measurements behind the charts: files of one metric and year each, loaded by script elements when a range needs them.
"use strict";
window.RB ||= {};
(() => {
  const waiting = new Map(); // "experiment name" of a file to who asked for it

  // called by the files themselves
  function take(experiment, name, content) {
    waiting.get(`${experiment} ${name}`)?.(content);
  }

  function loadScript(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }

  async function loadChunk(experiment, base, chunk) {
    const key = `${experiment} ${chunk.name}`;
    let content = null;
    waiting.set(key, (found) => (content = found));
    try {
      await loadScript(base + chunk.file);
    } catch {
      return null;
    }
    waiting.delete(key);
    return Array.isArray(content?.t) && content.series ? content : null;
  }

  const numberOrNull = (value) => (Number.isFinite(value) ? value : null);
  const one = (many, at) => (Array.isArray(many) ? many[at] : many);

  // a series' values and builds, as long as all nights of all loaded years together
  function column(chunks, id) {
    const values = [];
    const builds = [];
    for (const { t, build = [], series } of chunks) {
      const found = series[id];
      for (let at = 0; at < t.length; at++) {
        values.push(numberOrNull(found?.v?.[at]));
        builds.push(build[one(found?.b, at) ?? 0] ?? "");
      }
    }
    return { values, builds };
  }

  // One metric of one experiment; times are seconds since 1970.
  class History {
    constructor(experiment, base, metric) {
      Object.assign(this, { experiment, base });
      this.chunks = [...(metric.chunks ?? [])].sort((a, b) => a.first - b.first);
      this.asked = new Map();
      this.loaded = new Map();
      this.failed = new Set();
    }

    get first() { return this.chunks[0]?.first ?? 0; }
    get last() { return Math.max(...this.chunks.map((chunk) => chunk.last), 0); }

    // Settles when every file between the two moments is here or known to be out of reach; true when something new came.
    async load(from, to) {
      const needed = this.chunks.filter((chunk) => chunk.last >= from && chunk.first <= to);
      const before = this.loaded.size + this.failed.size;
      await Promise.all(needed.map((chunk) => this.ask(chunk)));
      return this.loaded.size + this.failed.size > before;
    }

    ask(chunk) {
      if (!this.asked.has(chunk.name)) {
        this.asked.set(chunk.name, loadChunk(this.experiment, this.base, chunk).then((content) => {
          if (content) this.loaded.set(chunk.name, content);
          else this.failed.add(chunk.file);
        }));
      }
      return this.asked.get(chunk.name);
    }

    // {t, run, column(id)} of what is loaded, oldest first
    table() {
      const chunks = this.chunks.map((chunk) => this.loaded.get(chunk.name)).filter(Boolean);
      return {
        t: chunks.flatMap((chunk) => chunk.t),
        run: chunks.flatMap((chunk) => chunk.t.map((_, at) => String(chunk.run?.[at] ?? ""))),
        column: (id) => column(chunks, id),
      };
    }
  }

  RB.charts = { take, History };
})();
