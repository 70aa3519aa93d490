/* Remembers which hints and solutions a reader has opened, in localStorage under
   `course:exercise:CHAPTER/NAME`, as {"open": ["hint-1", "solution"]}. Without it they open and
   close all the same. */
(() => {
  "use strict";

  const remember = (help) => {
    const name = `course:exercise:${help.dataset.chapter}/${help.dataset.exercise}`;
    const folds = [...help.querySelectorAll("details[data-step]")];
    let open = [];
    try {
      open = JSON.parse(localStorage.getItem(name))?.open ?? [];
    } catch { /* no storage, or not ours: nothing is remembered */ }
    for (const fold of folds) {
      fold.open = open.includes(fold.dataset.step);
      fold.addEventListener("toggle", () => {
        const now = folds.filter((each) => each.open).map((each) => each.dataset.step);
        try {
          if (now.length) localStorage.setItem(name, JSON.stringify({ open: now }));
          else localStorage.removeItem(name);
        } catch { /* as above */ }
      });
    }
  };

  const start = () => document.querySelectorAll(".st-help").forEach(remember);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
