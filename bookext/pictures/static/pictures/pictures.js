/* Steps through a picture. What it relies on is drawn by seethrough.picture.Canvas:

   - `[data-step][data-says]`: parts that come one after the other (an attribute lookup);
   - `svg[data-axis="LEFT WIDTH END"]` and `[data-from][data-to][data-says]`: what goes on from one
     second to another (a timeline).

   The picture stays whole until the reader moves. Pictures that a cell draws later are served, too. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const seconds = (value) => `${Number(value.toFixed(3))} s`;

  /* Each kind counts its stops, says one in words, and shows one, or with null the whole picture.
     What goes on at a stop is looked for when the reader comes there: there may be thousands. */
  const lookup = (svg) => {
    const groups = [...svg.querySelectorAll("[data-step]")];
    return {
      count: groups.length,
      says: (at) => groups[at].dataset.says,
      show(at) {
        groups.forEach((group, place) =>
          group.classList.toggle("is-later", at !== null && place > at));
      },
    };
  };

  const timeline = (svg) => {
    const [left, width, end] = svg.dataset.axis.split(" ").map(Number);
    const spans = [...svg.querySelectorAll("[data-from]")].map((box) => ({
      box, from: Number(box.dataset.from), to: Number(box.dataset.to), says: box.dataset.says,
    }));
    const times = [...new Set(spans.flatMap((span) => [span.from, span.to]))].sort((a, b) => a - b);
    const isStep = (span) => span.from === span.to;
    const at = (time) => spans  // what is done in this very moment comes before what lasts
      .filter((span) => isStep(span) ? span.from === time : span.from <= time && time < span.to)
      .sort((one, other) => isStep(other) - isStep(one));
    const marker = document.createElementNS(SVG, "line");
    marker.setAttribute("class", "st-marker");
    marker.setAttribute("y1", "0");
    marker.setAttribute("y2", svg.viewBox.baseVal.height);
    let shown = [];
    return {
      count: times.length,
      says(place) {
        const now = [...new Set(at(times[place]).map((span) => span.says))];
        return [`At ${seconds(times[place])}:`, ...(now.length ? now : ["nothing is left to do"])].join("\n");
      },
      show(place) {
        for (const span of shown) span.box.classList.remove("is-now");
        shown = place === null ? [] : at(times[place]);
        for (const span of shown) span.box.classList.add("is-now");
        if (place === null) return marker.remove();
        const x = left + (width * times[place]) / end;
        marker.setAttribute("x1", x);
        marker.setAttribute("x2", x);
        svg.append(marker);
        const box = svg.parentElement;  // a wide picture scrolls on a phone
        box.scrollLeft = (x * svg.clientWidth) / svg.viewBox.baseVal.width - box.clientWidth / 2;
      },
    };
  };

  const element = (tag, settings) => Object.assign(document.createElement(tag), settings);

  const serve = (svg) => {
    if (svg.dataset.player !== undefined) return;
    svg.dataset.player = "";
    const { count, says, show } = svg.dataset.axis ? timeline(svg) : lookup(svg);
    if (count < 2) return;
    const name = svg.querySelector("title")?.textContent ?? "the picture";
    const player = element("div", { className: "st-player" });
    player.setAttribute("role", "group");
    player.setAttribute("aria-label", `Step through: ${name}`);
    const back = element("button", { type: "button", textContent: "Back" });
    const next = element("button", { type: "button", textContent: "Step" });
    const whole = element("button", { type: "button", textContent: "Show all", hidden: true });
    const slider = element("input", { type: "range", min: 0, max: count - 1, value: 0 });
    slider.setAttribute("aria-label", "Step");
    const words = element("div", { className: "st-player-words" });
    words.setAttribute("role", "status");
    let place = null;
    const go = (to) => {
      place = to;
      show(place);
      words.textContent = place === null ? "" : says(place);
      slider.value = place ?? 0;
      slider.setAttribute("aria-valuetext",
        place === null ? "the whole picture" : `${place + 1} of ${count}`);
      whole.hidden = place === null;
    };
    back.addEventListener("click", () => go(place === null ? count - 1 : Math.max(place - 1, 0)));
    next.addEventListener("click", () => go(place === null ? 0 : Math.min(place + 1, count - 1)));
    whole.addEventListener("click", () => { go(null); next.focus(); });
    slider.addEventListener("input", () => go(Number(slider.value)));
    player.append(back, slider, next, whole, words);
    go(null);
    svg.parentElement.after(player);
  };

  const look = (root) =>
    root.querySelectorAll?.(".st-picture svg.st-svg").forEach((svg) => {
      if (svg.dataset.axis || svg.querySelector("[data-step]")) serve(svg);
    });

  const start = () => {
    look(document);
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) look(node);
    }).observe(document.querySelector("main") ?? document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
