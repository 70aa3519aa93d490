/* The page on progress: the list of chapters, the review of questions, export, import and reset. */
(() => {
  "use strict";

  const progress = window.courseProgress;
  const { catalog } = progress;
  const FORMAT = "modern-python-progress";
  const PRACTISE = 5; // questions at a time
  const byId = (id) => document.getElementById(id);
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const button = (words, action, className = "") => {
    const made = make("button", { type: "button", textContent: words, className: `progress-button ${className}` });
    made.addEventListener("click", action);
    return made;
  };
  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const chapters = JSON.parse(byId("progress-chapters")?.textContent ?? "{}");
  const titles = (slug) => chapters[slug]?.title ?? slug;

  // ── the list ────────────────────────────────────────────────────────────────────────────────

  const PARTS = [["read", "Sections read"], ["run", "Cells run"], ["solved", "Exercises solved"],
    ["answered", "Questions right"]];
  const list = document.querySelector(".progress-list");

  const entry = (item) => {
    const slug = item.dataset.slug;
    const address = item.querySelector("a").href;
    const bar = make("progress", { max: 100 });
    bar.setAttribute("aria-label", `${titles(slug)}, percent done`);
    const mark = make("span", { className: "progress-percent" });
    item.querySelector(".progress-title").append(" ", mark);
    const parts = make("dl", { className: "progress-parts" });
    const left = make("div", { className: "progress-left" });
    const more = make("details", {}, make("summary", { textContent: "What is left" }), left);
    more.firstChild.append(make("span", { className: "visually-hidden", textContent: ` in ${titles(slug)}` }));
    item.querySelector(".progress-holds").replaceWith(bar, parts, more);

    const paintLeft = (doc, sums) => {
      const had = left.contains(document.activeElement) ? document.activeElement.dataset.key : "";
      const link = (anchor, words) => make("a", { href: `${address}#${anchor}`, textContent: words });
      const unread = chapters[slug].read
        .filter(({ key }) => !(doc.chapters[slug]?.read?.[key] > 0));
      const exercises = chapters[slug].solved.map(({ key, anchor, words }) => {
        const box = make("input", { type: "checkbox", checked: doc.chapters[slug]?.solved?.[key] > 0 });
        box.dataset.key = key;
        box.setAttribute("aria-label", `Solved: ${words}`);
        box.addEventListener("change", () => progress.mark(slug, "solved", key, box.checked));
        return make("li", {}, box, " ", link(anchor, words));
      });
      const [right, all, answered] = sums.answered;
      const heading = (words) => make("p", { className: "progress-heading", textContent: words });
      left.replaceChildren(
        ...(unread.length ? [
          heading("Sections not read yet"),
          make("ul", {}, ...unread.map(({ anchor, words }) => make("li", {}, link(anchor, words)))),
        ] : [heading("Every section is read.")]),
        ...(exercises.length ? [
          heading("Exercises; tick those you solved in Jupyter"),
          make("ul", { className: "progress-exercises" }, ...exercises),
        ] : []),
        ...(all ? [
          heading(`Questions: ${answered} of ${all} answered, ${right} right`),
          make("ul", {}, make("li", {}, link("quiz", "The quiz"))),
        ] : []),
      );
      if (had) left.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus();
    };

    const paint = (doc) => {
      const sums = progress.summary(slug, doc);
      const percent = progress.percent(sums);
      bar.value = percent;
      mark.textContent = `${percent}%`;
      parts.replaceChildren(...PARTS.filter(([kind]) => sums[kind][1] > 0).map(([kind, words]) =>
        make("div", {}, make("dt", { textContent: words }),
          make("dd", { textContent: `${sums[kind][0]} of ${sums[kind][1]}` }))));
      if (more.open) paintLeft(doc, sums);
      return sums;
    };
    more.addEventListener("toggle", () => more.open && paint(progress.read()));
    return paint;
  };

  const startList = () => {
    const total = make("p", { className: "progress-total" });
    const warning = make("p", { className: "progress-warning", hidden: true });
    warning.setAttribute("role", "status");
    list.before(warning, total);
    const entries = [...list.children].filter(({ dataset }) => dataset.slug in catalog).map(entry);
    const paint = () => {
      const doc = progress.read();
      const sums = entries.map((each) => each(doc));
      const sum = (kind) => [0, 1].map((at) => sums.reduce((all, each) => all + each[kind][at], 0));
      const words = PARTS.map(([kind, what]) => [what.toLowerCase(), ...sum(kind)])
        .filter(([, , all]) => all > 0)
        .map(([what, done, all]) => `${done} of ${all} ${what}`);
      total.textContent = `In the whole course: ${words.join(", ")}.`;
      const trouble = {
        closed: "This browser keeps nothing for this page. What is noted here is gone when you leave it.",
        full: "This browser’s store for this site is full. What you do now is gone when you leave the page, unless you export it.",
        newer: "Your progress was kept by a newer version of this book. This copy leaves it as it is and notes nothing.",
      }[progress.trouble()];
      warning.hidden = !trouble;
      warning.textContent = trouble ?? "";
    };
    for (const event of ["course:progress", "course:quiz"]) document.addEventListener(event, paint);
    paint();
  };

  // ── the review ──────────────────────────────────────────────────────────────────────────────

  /* FNV-1a with a finish that spreads short texts. The same text gives the same order. */
  const hash = (text) => {
    let sum = 0x811c9dc5;
    for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
    sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
    return (sum ^ (sum >>> 13)) >>> 0;
  };
  const shuffled = (items, seed, name) =>
    [...items].sort((one, other) => hash(`${seed}/${name(one)}`) - hash(`${seed}/${name(other)}`));

  const questions = [...document.querySelectorAll("template[data-cards]")].flatMap(({ content, dataset }) =>
    [...content.querySelectorAll(".st-question")].map((root) => ({
      root,
      slug: dataset.cards,
      id: root.dataset.id,
      name: `${dataset.cards}/${root.dataset.id}`,
      fingerprint: root.dataset.fingerprint,
    })));

  /* The cards that are due, the longest overdue first; within a day in an order of that day. */
  const due = (doc, today = progress.day()) =>
    shuffled(questions, today, ({ name }) => name)
      .map((question) => [question, progress.card(question.name, question.fingerprint, doc)])
      .filter(([, card]) => card && card.due <= today)
      .sort(([, one], [, other]) => one.due - other.due)
      .map(([question]) => question);

  /* A retake: what was missed first, then what was not asked for the longest time. */
  const drawn = (slug, doc, size = PRACTISE) => {
    const kept = progress.answers(slug);
    const state = ({ id, name, fingerprint }) => {
      const answer = kept[id]?.fingerprint === fingerprint ? kept[id] : null;
      const asked = progress.card(name, fingerprint, doc)?.t ?? 0;
      return [answer?.done && !answer.right ? 0 : 1, asked];
    };
    return shuffled(questions.filter((each) => each.slug === slug), doc.rounds[slug] ?? 0, ({ name }) => name)
      .map((question) => [question, ...state(question)])
      .sort((one, other) => one[1] - other[1] || one[2] - other[2])
      .slice(0, size)
      .map(([question]) => question);
  };

  /* The question as a quiz of one, its options in an order that `seed` gives. */
  const asked = ({ root, slug }, seed) => {
    const copy = root.cloneNode(true);
    copy.querySelector(".st-number").textContent = titles(slug);
    const rows = [...copy.querySelectorAll(".st-option, .st-order > li")];
    const mixed = shuffled(rows, seed, ({ dataset }) => dataset.key);
    const wanted = [...copy.querySelectorAll(".st-right-order > li")].map(({ dataset }) => dataset.key);
    if (wanted.length && mixed.every(({ dataset }, at) => dataset.key === wanted[at])) {
      mixed.push(mixed.shift()); // not solved from the start
    }
    const place = rows[0].parentElement;
    place.append(...mixed);
    const quiz = make("div", { className: "st-quiz" }, copy);
    Object.assign(quiz.dataset, { quiz: slug, fresh: "" });
    return quiz;
  };

  const startReview = (place) => {
    const stage = make("div", { className: "review-stage" });
    const status = make("p", { className: "review-status", tabIndex: -1 });
    const begin = button("", () => session(due(progress.read()), true), "is-main");
    const select = make("select", { id: "review-chapter" }, ...Object.keys(catalog)
      .filter((slug) => questions.some((each) => each.slug === slug))
      .map((slug) => make("option", { value: slug, textContent: titles(slug) })));
    const practise = button("Practise", () => {
      const doc = progress.read();
      const round = (doc.rounds[select.value] ?? 0) + 1;
      progress.put({ rounds: { [select.value]: round } });
      session(drawn(select.value, progress.read()), false);
    });
    const choose = make("div", { className: "review-practise" },
      make("label", { htmlFor: "review-chapter", textContent: "Chapter" }), select, practise);
    const idle = make("div", { className: "review-idle" }, begin, choose);
    place.append(status, idle, stage);

    let running = false;
    const paint = () => {
      if (running) return;
      const doc = progress.read();
      const today = progress.day();
      const cards = questions.map(({ name, fingerprint }) => progress.card(name, fingerprint, doc)).filter(Boolean);
      const within = (days) => cards.filter((card) => card.due > today && card.due <= today + days).length;
      const now = due(doc).length;
      begin.hidden = now === 0;
      begin.textContent = `Review ${count(now, "card")}`;
      const first = cards.length ? `${now === 0 ? "Nothing is" : `${count(now, "card")} ${now === 1 ? "is" : "are"}`} due now; ` +
        `${within(1)} tomorrow, ${within(7)} within a week.` : "No card yet.";
      status.textContent = `${first} ${cards.length} of ${count(questions.length, "question")} in the deck.`;
    };

    const session = (queue, repeat) => {
      running = true;
      idle.hidden = true;
      const planned = queue.length;
      let answers = 0;
      let right = 0;
      const again = new Set();

      const stop = (words) => {
        running = false;
        idle.hidden = false;
        stage.replaceChildren();
        paint();
        status.textContent = `${words} ${status.textContent}`;
        status.focus();
      };
      const next = () => {
        const question = queue.shift();
        if (!question) {
          return stop(`Done: ${right} of ${planned} right at the first go.`);
        }
        const before = progress.card(question.name, question.fingerprint);
        const today = progress.day();
        const counts = !before || before.due <= today;
        const at = make("p", { className: "review-at", tabIndex: -1,
          textContent: again.has(question.name) ? `Again, ${count(queue.length + 1, "card")} left`
            : `Card ${answers + 1} of ${planned}` });
        const quiz = asked(question, `${question.name}/${before?.t ?? 0}`);
        const after = make("div", { className: "review-after" });
        after.setAttribute("role", "group");
        const leave = button("Stop", () => stop("Stopped."));
        stage.replaceChildren(at, quiz, after, leave);
        document.dispatchEvent(new CustomEvent("course:quiz-added"));
        at.focus();

        let keys = {};
        const answered = ({ detail }) => {
          if (!again.has(question.name)) {
            answers += 1;
            right += detail.right;
          }
          if (!detail.right || !counts) {
            if (!detail.right && repeat) {
              queue.push(question);
              again.add(question.name);
            }
            after.append(button("Next", next, "is-main"));
            keys = { Enter: next };
            return;
          }
          after.setAttribute("aria-label", "How was it?");
          after.append(make("span", { className: "review-how", textContent: "How was it?" }));
          for (const [at, grade] of ["hard", "good", "easy"].entries()) {
            const state = progress.graded(before ?? progress.newCard(question.fingerprint), progress.GRADES[grade], today);
            const choose = () => {
              progress.keepCard(question.name, state);
              next();
            };
            const made = button(`${grade[0].toUpperCase()}${grade.slice(1)}`, choose, grade === "good" ? "is-main" : "");
            made.append(make("small", { textContent: ` in ${count(state.days, "day")}` }));
            made.setAttribute("aria-keyshortcuts", String(at + 1));
            after.append(made);
            keys[at + 1] = choose;
            if (grade === "good") keys.Enter = choose;
          }
        };
        quiz.addEventListener("keydown", (event) => {
          if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.target.matches("button, a, summary") && event.key === "Enter") return;
          if (!(event.key in keys)) return;
          event.preventDefault();
          keys[event.key]();
        });
        const hear = (event) => {
          if (!quiz.isConnected) return document.removeEventListener("course:answer", hear);
          if (event.detail.id !== question.id || event.detail.slug !== question.slug) return;
          document.removeEventListener("course:answer", hear);
          answered(event);
        };
        document.addEventListener("course:answer", hear);
      };
      next();
    };

    document.addEventListener("course:progress", paint);
    paint();
  };

  // ── export, import, reset ───────────────────────────────────────────────────────────────────

  const slugsKept = () => {
    try {
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(progress.QUIZ)).map((name) => name.slice(progress.QUIZ.length));
    } catch {
      return [];
    }
  };
  const exported = () => ({
    format: FORMAT,
    version: 1,
    exported: new Date().toISOString(),
    progress: progress.read(),
    quizzes: Object.fromEntries(slugsKept().sort().map((slug) => [slug, progress.answers(slug)])),
  });

  /* Reads a file's text, or throws words for the reader. */
  const parsed = (text) => {
    let found;
    try {
      found = JSON.parse(text);
    } catch {
      throw new Error("This file cannot be read: it is not JSON, or it was cut short.");
    }
    if (found?.format !== FORMAT) throw new Error("This file is not an export of this page.");
    if (!(found.version <= 1)) throw new Error("This file was exported by a newer version of this book.");
    const quizzes = {};
    for (const [slug, entries] of progress.table(found.quizzes)) {
      for (const [id, entry] of progress.table(entries)) {
        const { fingerprint, picks, done, right } = entry ?? {};
        const fits = typeof fingerprint === "string" && Array.isArray(picks) &&
          picks.length <= 50 && picks.every((pick) => typeof pick === "string" && pick.length < 100);
        if (!fits || [slug, id].some((name) => !/^[a-z][\w-]{0,99}$/.test(name) || name in {})) continue;
        (quizzes[slug] ??= {})[id] = { fingerprint, picks, done: done === true, right: right === true };
      }
    }
    return { doc: progress.sound(found.progress), quizzes, when: Date.parse(found.exported) };
  };

  const keepAnswers = (slug, entries) => {
    try {
      localStorage.setItem(progress.QUIZ + slug, JSON.stringify(entries));
    } catch { /* the page says that nothing is kept */ }
  };
  /* What is older than the reset is forgotten, wherever it is merged in later. */
  const reset = () => {
    for (const slug of slugsKept()) localStorage.removeItem(progress.QUIZ + slug);
    const doc = progress.read();
    const marks = Object.values(doc.chapters).flatMap((kinds) => Object.values(kinds))
      .flatMap((times) => Object.values(times));
    const cards = Object.values(doc.cards).map(({ t }) => t);
    const since = Math.max(Date.now(), doc.since + 1, ...marks.map(Math.abs), ...cards);
    progress.put({ since });
    return since;
  };
  /* Gives each mark and card of a document another time. */
  const restamp = (doc, anew) => {
    for (const marks of Object.values(doc.chapters).flatMap((kinds) => Object.values(kinds))) {
      for (const [key, time] of Object.entries(marks)) marks[key] = Math.sign(time) * anew(Math.abs(time));
    }
    for (const card of Object.values(doc.cards)) card.t = anew(card.t);
  };
  /* Takes the later of two answers; where no time is known, one's own. What is older than a reset is
     taken in as well: they chose the file after it. */
  const takeIn = ({ doc, quizzes }) => {
    const own = progress.read();
    restamp(doc, (time) => Math.max(time, own.since + 1));
    for (const [slug, entries] of Object.entries(quizzes)) {
      const kept = progress.answers(slug);
      for (const [id, entry] of Object.entries(entries)) {
        const later = (doc.cards[`${slug}/${id}`]?.t ?? 0) > (own.cards[`${slug}/${id}`]?.t ?? 0);
        if (!kept[id] || (entry.done && (later || !kept[id].done))) kept[id] = entry;
      }
      keepAnswers(slug, kept);
    }
    progress.put({ ...doc, since: 0 });
  };
  const replace = ({ doc, quizzes }) => {
    const now = reset() + 1;
    restamp(doc, () => now);
    for (const [slug, entries] of Object.entries(quizzes)) keepAnswers(slug, entries);
    progress.put({ ...doc, since: 0 });
  };

  const startFile = (place) => {
    const said = make("p", { className: "progress-said", tabIndex: -1 });
    said.setAttribute("role", "status");
    const choice = make("div", { className: "progress-choice" });
    const input = make("input", { type: "file", accept: ".json,application/json", className: "visually-hidden", tabIndex: -1 });
    input.setAttribute("aria-hidden", "true");
    const say = (words, ...buttons) => {
      said.textContent = words;
      choice.replaceChildren(...buttons);
      said.focus();
    };
    const save = button("Export", () => {
      const text = JSON.stringify(exported(), null, 1);
      const link = make("a", {
        href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
        download: `${FORMAT}-${new Date().toISOString().slice(0, 10)}.json`,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
    const load = button("Import", () => input.click());
    const forget = button("Reset", () => say(
      "Forget what was read, run, solved and answered in all chapters, and all cards? The code you typed stays.",
      button("Forget it all", () => { reset(); say("It is forgotten."); }, "is-bad"),
      button("Keep it", () => { say("Nothing was changed."); })));
    input.addEventListener("change", async () => {
      const [file] = input.files;
      input.value = "";
      if (!file) return;
      try {
        if (file.size > 5_000_000) throw new Error("This file is not an export of this page: it is too large.");
        const found = parsed(await file.text());
        const slugs = new Set([...Object.keys(found.doc.chapters), ...Object.keys(found.quizzes)]);
        const when = Number.isNaN(found.when) ? "" : ` of ${new Date(found.when).toLocaleDateString("en-GB", { dateStyle: "long" })}`;
        say(`An export${when}: ${count(slugs.size, "chapter")}, ${count(Object.keys(found.doc.cards).length, "card")}.`,
          button("Add it to what is here", () => { takeIn(found); say("It was added."); }, "is-main"),
          button("Put it in the place of what is here", () => { replace(found); say("It was put in place."); }),
          button("Leave it", () => { say("Nothing was changed."); }));
      } catch (error) {
        say(`${error.message} Nothing was changed.`);
      }
    });
    place.append(make("div", { className: "progress-buttons" }, save, load, forget), input, said, choice);
  };

  window.courseProgress.page = { due, drawn, parsed, exported, takeIn, replace, reset };
  if (list) startList();
  if (byId("review-cards")) startReview(byId("review-cards"));
  if (byId("progress-file")) startFile(byId("progress-file"));
})();
