/* Steps through a picture. What it relies on is drawn by seethrough.picture.Canvas:

   - `[data-step][data-says]`: parts that come one after the other (an attribute lookup);
   - `svg[data-axis="LEFT WIDTH END"]` and `[data-from][data-to][data-says]`: what goes on from one
     second to another (a timeline).

   The picture stays whole until the reader moves. Pictures that a cell draws later are served, too. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const seconds = (value) => `${Number(value.toFixed(3))} s`;

  /* Each kind gives its stops in words, and shows one of them, or with null the whole picture. */
  const lookup = (svg) => {
    const groups = [...svg.querySelectorAll("[data-step]")];
    return {
      stops: groups.map((group) => group.dataset.says),
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
    return {
      stops: times.map((time) => {
        const now = [...new Set(at(time).map((span) => span.says))];
        return [`At ${seconds(time)}:`, ...(now.length ? now : ["nothing is left to do"])].join("\n");
      }),
      show(place) {
        const now = place === null ? [] : at(times[place]);
        for (const span of spans) span.box.classList.toggle("is-now", now.includes(span));
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
    const { stops, show } = svg.dataset.axis ? timeline(svg) : lookup(svg);
    if (stops.length < 2) return;
    const name = svg.querySelector("title")?.textContent ?? "the picture";
    const player = element("div", { className: "st-player" });
    player.setAttribute("role", "group");
    player.setAttribute("aria-label", `Step through: ${name}`);
    const back = element("button", { type: "button", textContent: "Back" });
    const next = element("button", { type: "button", textContent: "Step" });
    const whole = element("button", { type: "button", textContent: "Show all", hidden: true });
    const slider = element("input", { type: "range", min: 0, max: stops.length - 1, value: 0 });
    slider.setAttribute("aria-label", "Step");
    const words = element("div", { className: "st-player-words" });
    words.setAttribute("role", "status");
    let place = null;
    const go = (to) => {
      place = to;
      show(place);
      words.textContent = place === null ? "" : stops[place];
      slider.value = place ?? 0;
      slider.setAttribute("aria-valuetext",
        place === null ? "the whole picture" : `${place + 1} of ${stops.length}`);
      whole.hidden = place === null;
    };
    back.addEventListener("click", () => go(place === null ? stops.length - 1 : Math.max(place - 1, 0)));
    next.addEventListener("click", () => go(place === null ? 0 : Math.min(place + 1, stops.length - 1)));
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
