// The table of means: over all experiments, then of each, the largest change first.
"use strict";
(() => {
  const RB = (window.RB ||= {});
  RB.compare ||= {};
  const SHOWN = 10; // rows that stand there unfolded
  const { element, intervalText } = RB.compare.table;

  function rowElement(mean) {
    const tr = element("tr");
    const name = mean.experiment === null ? "all" : RB.compare.clean(mean.experiment);
    tr.append(Object.assign(element("th", mean.experiment === null ? "rb-all" : "", name), { scope: "row" }));
    tr.append(element("td", "", RB.compare.clean(mean.metric)), element("td", "rb-num", String(mean.series)));
    const better = { lower: mean.high < 1, higher: mean.low > 1 }[mean.direction];
    const worse = { lower: mean.low > 1, higher: mean.high < 1 }[mean.direction];
    const change = element("td", "rb-num");
    change.append(element("b", worse ? "rb-worse" : better ? "rb-better" : "", RB.numbers.changeText(mean.ratio)));
    tr.append(change, element("td", "rb-num", intervalText(mean)));
    return tr;
  }

  function tableOf(means, caption) {
    const table = element("table", "rb-table rb-means");
    const head = element("tr");
    for (const [label, kind] of [["Experiment", ""], ["Metric", ""], ["Series", "rb-num"], ["Mean", "rb-num"], ["Interval", "rb-num"]]) {
      head.append(Object.assign(element("th", kind, label), { scope: "col" }));
    }
    table.append(element("caption", "rb-unseen", caption));
    table.createTHead().append(head);
    const body = table.createTBody();
    body.append(...means.map(rowElement));
    return table;
  }

  function drawMeans(place, { whole, single }) {
    const several = [...whole, ...single.filter(({ series }) => series > 1)];
    place.hidden = !several.length;
    place.querySelector("div").replaceChildren(tableOf(several.slice(0, SHOWN), "Geometric means"));
    const rest = several.slice(SHOWN);
    const folded = place.querySelector("details");
    folded.hidden = !rest.length;
    folded.querySelector("summary").textContent = `${rest.length} more means`;
    folded.querySelector("div").replaceChildren(...(rest.length ? [tableOf(rest, "Further geometric means")] : []));
  }

  Object.assign(RB.compare, { drawMeans });
})();
