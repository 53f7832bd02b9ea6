// The bar above a metric's charts.
"use strict";
(() => {
  const { make } = RB.charts;
  const RANGES = [["14d", "2 weeks"], ["90d", "3 months"], ["all", "all"]];

  function button(text, title, pressed) {
    const element = make("button", "", text);
    element.type = "button";
    if (title) element.title = title;
    element.addEventListener("click", pressed);
    return element;
  }

  const press = (element, on) => element.setAttribute("aria-pressed", String(on));

  function group(label, ...content) {
    const element = make("span", "rb-chart-group", ...content);
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", label);
    return element;
  }

  class Controls {
    // `host` is the section: its `change(part, step)` takes what was chosen.
    constructor(bar, host) {
      this.host = host;
      this.ranges = RANGES.map(([range, text]) => [range, button(text, "", () => host.change({ range, from: null, to: null }, true))]);
      this.zoomIn = button("+", "zoom in", () => host.zoom(0.5));
      this.zoomOut = button("−", "zoom out", () => host.zoom(2));
      this.zoomIn.setAttribute("aria-label", "Zoom in");
      this.zoomOut.setAttribute("aria-label", "Zoom out");
      this.reset = button("reset", "show the whole range again", () => host.reset());
      this.reach = make("span", "rb-chart-reach");
      this.switches = [
        ["scale", "log", "linear", "log", "logarithmic axis"],
        ["values", "relative", "absolute", "relative", "percent of the median of the first 14 nights of the range"],
        ["zero", "1", "0", "from zero", "axis begins at zero"],
        ["x", "even", "dates", "even nights", "nights at equal distances instead of by date"],
        ["layout", "together", "each", "together", "all series in one chart"],
      ].map(([key, on, off, text, title]) => {
        const toggle = () => host.change({ [key]: host.view[key] === on ? off : on }, false);
        return { key, on, element: button(text, title, toggle) };
      });
      this.machine = this.machineChoice();
      bar.append(
        group("Range", ...this.ranges.map(([, element]) => element)), group("Zoom", this.zoomOut, this.zoomIn, this.reset), this.reach,
        group("Axes", ...this.switches.map(({ element }) => element)), ...(this.machine ? [this.machine.label] : []),
      );
      bar.hidden = false;
    }

    machineChoice() {
      const machines = this.host.machines();
      if (machines.length < 2) return null;
      const select = make("select");
      for (const [value, text] of machines) select.append(new Option(text, value));
      select.addEventListener("change", () => this.host.change({ machine: select.value, pick: "", hide: "" }, true));
      return { select, label: make("label", "rb-chart-machine", "machine ", select) };
    }

    // `reach` is the text of what is shown, `several` whether there is more than one series.
    update(view, reach, several) {
      const own = view.from !== null;
      this.ranges.forEach(([range, element]) => press(element, !own && view.range === range));
      this.reset.hidden = !own;
      this.reach.textContent = reach;
      for (const { key, on, element } of this.switches) {
        press(element, view[key] === on);
        if (key === "layout") element.hidden = !several;
        if (key === "zero") element.disabled = view.scale === "log";
      }
      if (this.machine) this.machine.select.value = view.machine;
    }
  }

  Object.assign(RB.charts, { Controls, button });
})();
