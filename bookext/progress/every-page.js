/* Keeps what a reader has read, run and solved, schedules the cards, and marks the contents.

   One document in localStorage, `course:progress`:
   {"version": 1, "since": ms, "rounds": {SLUG: n},
    "chapters": {SLUG: {"read": {KEY: ms}, "run": {KEY: ms}, "solved": {NAME: ms}}},
    "cards": {"SLUG/ID": {"t": ms, "f": fingerprint, "n": repetitions, "ease", "days", "due": day}}}
   What is older than `since` was reset; a negative time is a mark that was taken back. Every change
   is a small document of the same form that is merged into what is stored: the later entry wins, so
   that tabs may write in any order. Answers stay where quizzes keep them, `course:quiz:SLUG`.

   After a change the document gets the event `course:progress`; `window.courseProgress` is what
   the page on progress builds on. */
(() => {
  "use strict";

  const NAME = "course:progress";
  const QUIZ = "course:quiz:";
  const VERSION = 1;
  const DAY = 86_400_000;
  const KINDS = ["read", "run", "solved"];
  const here = document.currentScript?.dataset.chapter;

  const table = (value) =>
    Object.entries(value instanceof Object && !Array.isArray(value) ? value : {});
  const fresh = (entries = {}) => Object.assign(Object.create(null), entries);
  const cut = (text, width) => text.match(new RegExp(`.{${width}}`, "g")) ?? [];
  const catalog = fresh();
  for (const [slug, entry] of table(window.courseCatalog)) {
    catalog[slug] = {
      read: cut(entry.read, 3),
      run: cut(entry.run, 3),
      solved: entry.solved,
      answered: cut(entry.answered, 5),
    };
  }

  // ── the document ────────────────────────────────────────────────────────────────────────────

  const blank = (since = 0) =>
    ({ version: VERSION, since, chapters: fresh(), cards: fresh(), rounds: fresh() });
  const whole = (value, least, most) => Number.isSafeInteger(value) && value >= least && value <= most;

  /* Takes of a foreign document what has the right form, and nothing else. */
  const sound = (found) => {
    const doc = blank();
    const latest = Date.now() + DAY; // another machine's clock may be ahead, but not by a year
    const given = new Map(table(found));
    if (whole(given.get("since"), 0, latest)) doc.since = given.get("since");
    for (const [slug, chapter] of table(given.get("chapters"))) {
      for (const kind of KINDS) {
        for (const [key, time] of table(chapter?.[kind])) {
          if (key.length < 100 && time !== 0 && whole(time, -latest, latest)) {
            ((doc.chapters[slug] ??= fresh())[kind] ??= fresh())[key] = time;
          }
        }
      }
    }
    for (const [id, card] of table(given.get("cards"))) {
      const { t, f, n, ease, days, due } = card ?? {};
      const fits = whole(t, 1, latest) && typeof f === "string" && f.length < 100 && whole(n, 0, 1e4) &&
        ease >= 1.3 && ease < 100 && whole(days, 0, 1e6) && whole(due, 0, 1e6);
      if (fits) doc.cards[id] = { t, f, n, ease, days, due };
    }
    for (const [slug, round] of table(given.get("rounds"))) {
      if (whole(round, 0, 1e6)) doc.rounds[slug] = round;
    }
    return doc;
  };

  /* Merges `from` into `into`; says whether that changed anything. */
  const merge = (into, from) => {
    let changed = false;
    if (from.since > into.since) {
      const kept = blank(from.since);
      merge(kept, { ...into, since: 0 });
      Object.assign(into, kept);
      changed = true;
    }
    for (const [slug, chapter] of Object.entries(from.chapters)) {
      for (const [kind, marks] of Object.entries(chapter)) {
        for (const [key, time] of Object.entries(marks)) {
          const known = Math.max(into.since, Math.abs(into.chapters[slug]?.[kind]?.[key] ?? 0));
          if (Math.abs(time) <= known) continue;
          ((into.chapters[slug] ??= fresh())[kind] ??= fresh())[key] = time;
          changed = true;
        }
      }
    }
    for (const [id, card] of Object.entries(from.cards)) {
      if (card.t <= Math.max(into.since, into.cards[id]?.t ?? 0)) continue;
      into.cards[id] = card;
      changed = true;
    }
    for (const [slug, round] of Object.entries(from.rounds)) {
      if (round <= (into.rounds[slug] ?? 0)) continue;
      into.rounds[slug] = round;
      changed = true;
    }
    return changed;
  };

  let mine = blank(); // what this page has changed since it was opened
  let trouble = ""; // "closed", "full" or "newer": why nothing is kept

  const stored = () => {
    let text = null;
    try {
      text = localStorage.getItem(NAME);
    } catch {
      trouble = "closed";
    }
    try {
      const found = JSON.parse(text);
      if (found?.version > VERSION) trouble = "newer";
      return sound(found);
    } catch {
      return blank(); // not ours
    }
  };
  const read = () => {
    const doc = stored();
    if (trouble) merge(doc, mine);
    return doc;
  };
  const write = (doc) => {
    if (trouble === "newer") return;
    try {
      localStorage.setItem(NAME, JSON.stringify(doc));
      trouble = "";
    } catch (error) {
      trouble = error.name === "QuotaExceededError" ? "full" : "closed";
    }
  };
  const tell = () => document.dispatchEvent(new CustomEvent("course:progress"));
  const put = (patch) => {
    const doc = read();
    const change = { ...blank(), ...patch };
    merge(mine, change);
    if (merge(doc, change)) write(doc);
    tell();
  };
  /* Now, but later than what it comes after: clocks stand still, or are put back. */
  const after = (...times) => Math.max(Date.now(), ...times.map((time) => Math.abs(time ?? 0) + 1));
  const mark = (slug, kind, key, on = true) => {
    const doc = read();
    const before = doc.chapters[slug]?.[kind]?.[key];
    if (before > 0 === on) return;
    const time = after(before, doc.since);
    put({ chapters: { [slug]: { [kind]: { [key]: on ? time : -time } } } });
  };

  // Another tab has written. If it had not yet seen what this one wrote, that is written again.
  addEventListener("storage", ({ key, newValue }) => {
    if (key === NAME && newValue !== null) {
      const doc = stored();
      if (merge(doc, mine)) write(doc);
    } else if (key === NAME || key === null) mine = blank(); // they cleared the storage
    else if (!key.startsWith(QUIZ)) return;
    tell();
  });

  // ── answers, as the quizzes keep them ───────────────────────────────────────────────────────

  const answers = (slug) => {
    let found;
    try {
      found = JSON.parse(localStorage.getItem(QUIZ + slug));
    } catch { /* no storage, or not ours */ }
    return fresh(Object.fromEntries(table(found).filter(([, entry]) =>
      typeof entry?.fingerprint === "string" && Array.isArray(entry.picks))));
  };

  // ── the schedule ────────────────────────────────────────────────────────────────────────────

  /* SM-2, P. A. Woźniak 1990 (super-memory.com/english/ol/sm2.htm). Intervals of 1 day, 6 days,
     then the last one times the card's ease, rounded up; the ease moves with the grade and stays
     at or above 1.3. A grade below 3 starts from the beginning with the same ease. */
  const graded = (card, grade, today) => {
    if (grade < 3) return { ...card, n: 0, days: 0, due: today };
    const n = card.n + 1;
    const days = n === 1 ? 1 : n === 2 ? 6 : Math.min(36_500, Math.ceil(card.days * card.ease));
    const ease = Math.max(1.3, card.ease + 0.1 - (5 - grade) * (0.08 + (5 - grade) * 0.02));
    return { ...card, n, days, ease: Number(ease.toFixed(4)), due: today + days };
  };
  const GRADES = { again: 1, hard: 3, good: 4, easy: 5 };
  /* The day in the reader's own time zone, counted from 1970. */
  const day = (now = Date.now()) =>
    Math.floor((now - new Date(now).getTimezoneOffset() * 60_000) / DAY);
  /* The card of a question; an earlier wording's card does not count. */
  const card = (id, fingerprint, doc = read()) => {
    const found = doc.cards[id];
    return found?.f === fingerprint ? found : null;
  };
  const newCard = (fingerprint) => ({ t: 0, f: fingerprint, n: 0, ease: 2.5, days: 0, due: day() });
  const keepCard = (id, state) => {
    const doc = read();
    put({ cards: { [id]: { ...state, t: after(doc.cards[id]?.t, doc.since) } } });
  };

  // An answer grades the card of its question, unless it was right before the card is due.
  document.addEventListener("course:answer", ({ detail: { slug, id, fingerprint, right } }) => {
    const before = card(`${slug}/${id}`, fingerprint) ?? newCard(fingerprint);
    const early = right && before.due > day();
    const grade = right ? GRADES.good : GRADES.again;
    keepCard(`${slug}/${id}`, early ? before : graded(before, grade, day()));
  });

  // ── sums ────────────────────────────────────────────────────────────────────────────────────

  /* {read: [done, all], run: …, solved: …, answered: [right, all, answered]} of a chapter. */
  const summary = (slug, doc = read()) => {
    const sums = {};
    for (const kind of KINDS) {
      const keys = catalog[slug][kind].filter((key) => key !== "---");
      sums[kind] = [keys.filter((key) => doc.chapters[slug]?.[kind]?.[key] > 0).length, keys.length];
    }
    const asked = new Set(catalog[slug].answered);
    const done = Object.values(answers(slug))
      .filter((entry) => entry.done && asked.has(entry.fingerprint.slice(0, 5)));
    sums.answered = [done.filter((entry) => entry.right).length, asked.size, done.length];
    return sums;
  };
  /* The mean of the parts that there are, in percent; 100 only when nothing is left. */
  const percent = (sums) => {
    const parts = Object.values(sums).filter(([, all]) => all > 0);
    const mean = parts.reduce((sum, [done, all]) => sum + done / all, 0) / parts.length;
    const left = parts.some(([done, all]) => done < all);
    return left ? Math.min(99, Math.round(100 * mean)) : 100;
  };

  // ── marks in the contents ───────────────────────────────────────────────────────────────────

  const hidden = (words) =>
    Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: words });
  const paint = () => {
    const doc = read();
    for (const link of document.querySelectorAll(".book-nav .nav-inner a")) {
      const current = link.parentElement.matches(".current");
      const slug = current ? here : link.pathname.split("/").pop().replace(/\.html$/, "");
      if (!slug || !(slug in catalog)) continue;
      const done = percent(summary(slug, doc));
      let sign = link.querySelector(".progress-mark");
      if (!sign) {
        sign = Object.assign(document.createElement("span"), { className: "progress-mark" });
        link.append(sign);
      }
      if (sign.dataset.percent === String(done)) continue;
      sign.dataset.percent = done;
      sign.replaceChildren(...(done === 0 ? [] : [
        hidden(", "), done === 100 ? "✓" : `${done}%`, hidden(" done"),
      ]));
    }
  };

  // ── what happens on a chapter's page ────────────────────────────────────────────────────────

  /* A section counts as read when its end has been in sight for a second. */
  const watchSections = () => {
    const top = document.querySelector("h1")?.parentElement;
    const sections = [...(top?.children ?? [])].filter((child) => child.matches("section"));
    const keys = catalog[here].read;
    if (sections.length !== keys.length) return;
    const timers = new Map();
    const ends = new Map(sections.map((section, at) => {
      let end = section;
      while (end.matches("section") && end.lastElementChild) end = end.lastElementChild;
      return [end, keys[at]];
    }));
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        if (!isIntersecting) continue;
        timers.set(target, setTimeout(() => {
          watch.unobserve(target);
          mark(here, "read", ends.get(target));
        }, 1000));
      }
    });
    for (const end of ends.keys()) watch.observe(end);
  };

  const watchCells = () => {
    new MutationObserver((records) => {
      for (const { target } of records) {
        const { cellState, cell, exercise, role } = target.dataset;
        if (cellState !== "done") continue;
        const key = catalog[here].run[cell - 1];
        if (key && key !== "---") mark(here, "run", key);
        if (role === "check" && target.querySelector(".st-verdict.st-solved")) {
          mark(here, "solved", exercise);
        }
      }
    }).observe(document.body, { attributeFilter: ["data-cell-state"], subtree: true });
  };

  window.courseProgress = {
    DAY, GRADES, QUIZ, answers, blank, card, catalog, day, graded, keepCard, mark, merge, newCard,
    percent, put, read, sound, summary, table, tell, trouble: () => trouble,
  };
  document.addEventListener("course:progress", paint);
  document.addEventListener("course:quiz", paint);
  if (here && here in catalog) {
    watchSections();
    watchCells();
  }
  paint();
})();
