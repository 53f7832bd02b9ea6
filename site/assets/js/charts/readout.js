// Tells of the night under the cursor: beside it, aloud, and kept below the charts with its links.
"use strict";
(() => {
  const charts = RB.charts;

  // An element with text and children; data never becomes markup.
  function make(name, className = "", ...content) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }

  function link(href, text) {
    const element = make("a", "", text);
    element.href = href;
    if (href.startsWith("https:")) element.rel = "noreferrer";
    return element;
  }

  class Readout {
    constructor(section) {
      this.tip = make("div", "rb-chart-tip");
      this.tip.setAttribute("aria-hidden", "true");
      this.tip.hidden = true;
      this.live = make("div", "rb-unseen");
      this.live.setAttribute("aria-live", "polite");
      this.pinned = make("div", "rb-chart-pin");
      this.pinned.hidden = true;
      this.pinned.setAttribute("role", "group");
      this.pinned.setAttribute("aria-label", "The night that was chosen");
      section.append(this.pinned, this.live);
    }

    // Beside the place `left`, in pixels of the plot, on the side with more room.
    show(figure, night, left) {
      const rows = charts.linesOf(night).map(([term, text]) => make("div", "", make("span", "", term), make("span", "", text)));
      this.tip.replaceChildren(make("b", "", night.value), make("div", "rb-chart-when", `${night.date}, ${night.label}`), ...rows);
      if (this.tip.parentElement !== figure.body) figure.body.append(this.tip);
      this.tip.hidden = false;
      const width = figure.body.clientWidth;
      const right = left > width / 2;
      this.tip.style.left = right ? "auto" : `${Math.max(0, left + 12)}px`;
      this.tip.style.right = right ? `${Math.max(0, width - left + 12)}px` : "auto";
    }

    hide() {
      this.tip.hidden = true;
    }

    say(text) {
      this.live.textContent = text;
    }

    // Stays until it is closed; `focused` moves the keyboard to its first link.
    pin(night, focused, closed) {
      const close = make("button", "rb-chart-close", "×");
      close.type = "button";
      close.setAttribute("aria-label", "Close");
      close.addEventListener("click", closed);
      const when = night.runUrl ? link(night.runUrl, night.date) : night.date;
      const build = night.commitUrl ? link(night.commitUrl, `commit ${night.build}`) : night.build;
      const more = [...night.marks, ...night.events.map((text) => ({ text }))].map((one) => make("span", "rb-chart-more", one.text));
      const facts = [make("b", "", night.label), when, make("b", "", night.value), night.change, build].filter(Boolean);
      this.pinned.replaceChildren(...facts.map((fact) => make("span", "", fact)), ...more, close);
      this.pinned.hidden = false;
      if (focused) (this.pinned.querySelector("a[rel]") ?? this.pinned.querySelector("a") ?? close).focus();
    }

    unpin() {
      const held = this.pinned.contains(document.activeElement);
      this.pinned.hidden = true;
      this.pinned.replaceChildren();
      return held;
    }
  }

  Object.assign(charts, { make, Readout });
})();
