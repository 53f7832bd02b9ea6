// Finds the page's charts and begins each when it comes near the screen.
"use strict";
(() => {
  const charts = RB.charts;
  const NEAR = "400px";

  function manifestOf() {
    try {
      return JSON.parse(document.getElementById("rb-charts")?.textContent ?? "null");
    } catch {
      return null;
    }
  }

  // A metric without values keeps its static part.
  function sectionsOf(manifest) {
    return [...document.querySelectorAll(".rb-charts[data-metric]")]
      .filter(({ dataset }) => manifest.metrics?.[dataset.metric]?.chunks?.length && manifest.metrics[dataset.metric].series?.length)
      .map((element) => new charts.Section(element, manifest, element.dataset.metric));
  }

  function goTo(section) {
    const picked = section.figures.find((figure) => figure.entries.some((entry) => entry.members.some((one) => one.id === section.view.pick)));
    picked?.element.scrollIntoView({ block: "center" });
    picked?.element.classList.add("rb-chart-picked");
  }

  // Sections in a closed part have no place on the screen and begin when it is opened.
  function beginWhenNear(sections) {
    const watched = new Map(sections.map((section) => [section.still, section]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries.filter((entry) => entry.isIntersecting)) {
        observer.unobserve(target);
        const section = watched.get(target);
        if (isIntersecting) section.begin().then(() => section.view.pick && goTo(section));
      }
    }, { rootMargin: NEAR });
    watched.forEach((_, still) => observer.observe(still));
    for (const section of sections.filter(({ view }) => view.pick)) {
      const folded = section.element.closest("details") ?? section.element.querySelector("details");
      if (folded) folded.open = true;
      section.still.scrollIntoView({ block: "nearest" });
    }
  }

  function start() {
    const manifest = manifestOf();
    if (!manifest || typeof uPlot === "undefined") return;
    const sections = (charts.sections = sectionsOf(manifest));
    charts.onScheme(() => sections.forEach((section) => section.figures.forEach((figure) => figure.recolour())));
    RB.address.onchange(() => sections.forEach((section) => section.follow()));
    beginWhenNear(sections);
  }

  // the site's own scripts, the address's among them, come at the end of the page
  document.addEventListener("DOMContentLoaded", start);
})();
