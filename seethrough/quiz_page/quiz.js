/* Makes the quizzes of a page or a notebook answerable; without it they are readable as they are.

   Answers are kept in localStorage under `course:quiz:SLUG`, as
   {"ID": {"fingerprint": …, "picks": [key, …], "done": true, "right": false}, …}.
   An entry whose fingerprint differs belongs to an earlier wording and is not shown.
   After each change the document gets the event `course:quiz` with
   detail {slug, total, answered, right}, and after each checked answer `course:answer` with
   {slug, id, fingerprint, right}.

   A quiz that is added later is made answerable by the event `course:quiz-added`. With `data-fresh`
   it shows no earlier answer, and keeps an answer when it is checked. */
(() => {
  "use strict";

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const storage = (slug) => {
    const name = `course:quiz:${slug}`;
    let kept = {};
    const read = () => {
      try {
        const found = JSON.parse(localStorage.getItem(name));
        kept = found instanceof Object && !Array.isArray(found) ? found : {};
      } catch { /* no storage, or not ours: answers last as long as the page */ }
    };
    const change = (how) => {
      read(); // another tab may have written meanwhile
      how();
      try {
        localStorage.setItem(name, JSON.stringify(kept));
      } catch { /* as above */ }
    };
    read();
    return {
      get: (id) => kept[id],
      set(id, entry) { change(() => { kept[id] = entry; }); },
      drop(id) { change(() => { delete kept[id]; }); },
    };
  };

  const words = (element) => element.textContent.trim().replace(/\s+/g, " ");

  /* Choices: radio buttons and checkboxes. */
  const choice = (root, changed) => {
    const rows = [...root.querySelectorAll(".st-option")];
    const inputs = rows.map((row) => row.querySelector("input"));
    const reasons = new Map(
      [...root.querySelectorAll(".st-answer li")].map((li) => [li.dataset.key, li]));
    const isRight = (key) => reasons.get(key).dataset.right === "true";
    root.addEventListener("change", () => changed());
    return {
      picks: () => inputs.filter((input) => input.checked).map((input) => input.value),
      pick(keys) {
        for (const input of inputs) input.checked = keys.includes(input.value);
      },
      empty: "Choose an option first.",
      grade(picks) {
        const wanted = [...reasons.keys()].filter(isRight);
        const hits = picks.filter(isRight).length;
        const right = hits === wanted.length && picks.length === wanted.length;
        if (right) return [true, "Right."];
        if (inputs[0].type === "radio") return [false, "Not this one. Every option has its reason below it."];
        const slips = picks.length - hits;
        return [false, `Not quite: ${hits} of ${wanted.length} found` +
          (slips ? `, and ${slips} that ${slips === 1 ? "does" : "do"} not belong.` : ".")];
      },
      explain() {
        for (const [at, row] of rows.entries()) {
          const reason = reasons.get(row.dataset.key);
          const because = reason.querySelector(".st-because").cloneNode(true);
          because.id = `${root.id}-because-${row.dataset.key}`;
          const mark = reason.querySelector(".st-mark").cloneNode(true);
          mark.textContent = `${isRight(row.dataset.key) ? "Right" : "Not right"}${inputs[at].checked ? ", your choice" : ""}: `;
          (because.querySelector("p") || because).prepend(mark);
          row.append(because);
          row.classList.add(isRight(row.dataset.key) ? "is-right" : "is-wrong");
          inputs[at].setAttribute("aria-describedby", because.id);
          inputs[at].disabled = true;
        }
      },
      forget() {
        for (const [at, row] of rows.entries()) {
          row.querySelector(".st-because")?.remove();
          row.classList.remove("is-right", "is-wrong");
          inputs[at].removeAttribute("aria-describedby");
          inputs[at].disabled = false;
          inputs[at].checked = false;
        }
      },
      focus: () => inputs[0].focus(),
    };
  };

  /* Orders: a list whose items move by buttons, or by dragging. */
  const order = (root, changed, say) => {
    const list = root.querySelector(".st-order");
    const answer = root.querySelector(".st-answer");
    const wanted = [...root.querySelectorAll(".st-right-order li")].map((li) => li.dataset.key);
    const shown = [...list.children];
    let touched = false;
    let locked = false;
    list.classList.add("is-live");

    const refresh = () => {
      for (const item of list.children) {
        const [up, down] = item.querySelectorAll("button");
        up.disabled = locked || item === list.firstElementChild;
        down.disabled = locked || item === list.lastElementChild;
      }
    };
    const moved = (item) => {
      touched = true;
      refresh();
      const place = [...list.children].indexOf(item) + 1;
      say(`${words(item.querySelector(".st-text"))}: place ${place} of ${list.children.length}.`);
      changed();
    };
    for (const item of shown) {
      const text = words(item.querySelector(".st-text"));
      const button = (label, sign, step) => {
        const it = make("button", { type: "button", textContent: sign });
        it.setAttribute("aria-label", `${label}: ${text}`);
        it.addEventListener("click", () => {
          if (step < 0) item.previousElementSibling?.before(item);
          else item.nextElementSibling?.after(item);
          moved(item);
          const buttons = [...item.querySelectorAll("button")];
          (it.disabled ? buttons.find((other) => !other.disabled) : it)?.focus();
        });
        return it;
      };
      const moves = make("span", { className: "st-moves" },
        button("Move up", "↑", -1), button("Move down", "↓", 1));
      item.prepend(moves);
      item.addEventListener("pointerdown", (down) => {
        if (locked || down.button !== 0 || down.target.closest("button")) return;
        if (down.pointerType === "touch" && !down.target.closest(".st-moves")) return; // let it scroll
        const before = [...list.children].indexOf(item);
        down.preventDefault();
        item.setPointerCapture(down.pointerId);
        item.classList.add("is-dragged");
        const follow = (move) => {
          const above = item.previousElementSibling?.getBoundingClientRect();
          const below = item.nextElementSibling?.getBoundingClientRect();
          if (above && move.clientY < above.top + above.height / 2) item.previousElementSibling.before(item);
          else if (below && move.clientY > below.top + below.height / 2) item.nextElementSibling.after(item);
        };
        const stop = () => {
          item.removeEventListener("pointermove", follow);
          item.classList.remove("is-dragged");
          if ([...list.children].indexOf(item) !== before) moved(item);
        };
        item.addEventListener("pointermove", follow);
        item.addEventListener("lostpointercapture", stop, { once: true });
      });
    }
    refresh();

    const arrange = (keys) => {
      for (const key of keys) {
        const item = shown.find((each) => each.dataset.key === key);
        if (item) list.append(item);
      }
      refresh();
    };
    return {
      picks: () => (touched ? [...list.children].map((item) => item.dataset.key) : []),
      pick(keys) { touched = keys.length > 0; arrange(keys); },
      empty: "Move an item first.",
      grade(picks) {
        const placed = picks.filter((key, at) => key === wanted[at]).length;
        return placed === wanted.length ? [true, "Right."]
          : [false, `Not quite: ${placed} of ${wanted.length} are in their place.`];
      },
      explain() {
        locked = true;
        list.classList.remove("is-live");
        [...list.children].forEach((item, at) => {
          const place = wanted.indexOf(item.dataset.key);
          item.classList.add(place === at ? "is-right" : "is-wrong");
          item.append(make("span", {
            className: "st-place",
            textContent: place === at ? " (in its place)" : ` (belongs in place ${place + 1})`,
          }));
        });
        refresh();
        const because = answer.querySelector(".st-because").cloneNode(true);
        because.classList.add("st-order-because");
        list.after(because);
      },
      forget() {
        locked = false;
        touched = false;
        list.classList.add("is-live");
        root.querySelector(".st-order-because")?.remove();
        for (const item of shown) {
          item.classList.remove("is-right", "is-wrong");
          item.querySelector(".st-place")?.remove();
        }
        arrange(shown.map((item) => item.dataset.key));
      },
      focus: () => list.querySelector("button:not(:disabled)")?.focus(),
    };
  };

  const question = (root, store, scored, { slug, fresh }) => {
    const id = root.dataset.id;
    const fingerprint = root.dataset.fingerprint;
    const answer = root.querySelector(".st-answer");
    const result = make("p", { className: "st-result", tabIndex: -1 });
    result.setAttribute("role", "status");
    const check = make("button", { type: "button", className: "st-check", textContent: "Check" });
    const again = make("button", { type: "button", className: "st-again", textContent: "Try again", hidden: true });
    const name = words(root.querySelector(".st-number"));
    check.setAttribute("aria-label", `Check: ${name}`);
    again.setAttribute("aria-label", `Try again: ${name}`);
    const say = (text) => { result.textContent = text; };
    const keep = (done, right) => {
      if (done || !fresh) store.set(id, { fingerprint, picks: part.picks(), done, right });
    };
    const part = root.dataset.kind === "order"
      ? order(root, () => keep(false, false), say)
      : choice(root, () => { say(""); keep(false, false); });
    root.querySelector("fieldset").append(result, make("div", { className: "st-actions" }, check, again));
    answer.hidden = true;

    const settle = () => {
      const [right, text] = part.grade(part.picks());
      part.explain();
      say(text);
      check.hidden = true;
      again.hidden = false;
      return right;
    };
    const submit = () => {
      if (!check.hidden && part.picks().length === 0) return say(part.empty);
      const right = settle();
      keep(true, right);
      document.dispatchEvent(new CustomEvent("course:answer",
        { detail: { slug, id, fingerprint, right } }));
      scored();
      result.focus(); // the button that had the focus is gone
    };
    const reset = () => {
      store.drop(id);
      part.forget();
      say("");
      check.hidden = false;
      again.hidden = true;
      scored();
    };
    check.addEventListener("click", submit);
    again.addEventListener("click", () => { reset(); part.focus(); });
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      submit();
    });

    const kept = fresh ? null : store.get(id);
    if (kept?.fingerprint === fingerprint && Array.isArray(kept.picks)) {
      part.pick(kept.picks);
      if (kept.done && part.picks().length) settle();
    }
    return {
      reset,
      focus: () => part.focus(),
      state() {
        const entry = store.get(id);
        const answered = check.hidden;
        return { answered, right: answered && Boolean(entry && entry.right) };
      },
    };
  };

  const enhance = (quiz) => {
    quiz.dataset.ready = "true";
    const slug = quiz.dataset.quiz;
    const text = make("p", {});
    const over = make("button", { type: "button", className: "st-reset", textContent: "Start over" });
    const missed = make("button", { type: "button", className: "st-missed", hidden: true });
    let questions = [];
    const scored = () => {
      const states = questions.map((each) => each.state());
      const answered = states.filter((state) => state.answered).length;
      const right = states.filter((state) => state.right).length;
      text.textContent = `${answered} of ${states.length} answered, ${right} right.`;
      over.disabled = answered === 0;
      missed.hidden = answered === right;
      missed.textContent = answered - right === 1
        ? "Try the one you missed again" : `Try the ${answered - right} you missed again`;
      document.dispatchEvent(new CustomEvent("course:quiz",
        { detail: { slug, total: states.length, answered, right } }));
    };
    const store = storage(slug);
    const how = { slug, fresh: "fresh" in quiz.dataset };
    questions = [...quiz.querySelectorAll(".st-question")]
      .map((root) => question(root, store, scored, how));
    over.addEventListener("click", () => {
      for (const each of questions) each.reset();
      quiz.querySelector(".st-question :is(input, button:not(:disabled))")?.focus();
    });
    missed.addEventListener("click", () => {
      const wrong = questions.filter((each) => each.state().answered && !each.state().right);
      for (const each of wrong) each.reset();
      wrong[0]?.focus();
    });
    quiz.append(make("div", { className: "st-score" }, text, missed, over));
    const own = "data-lm-suppress-shortcuts"; // JupyterLab asks the focused element alone for it
    for (const each of quiz.querySelectorAll("input, button, summary, .st-result")) {
      each.setAttribute(own, quiz.getAttribute(own));
    }
    scored();
  };

  const start = () => document.querySelectorAll(".st-quiz:not([data-ready])").forEach(enhance);
  document.addEventListener("course:quiz-added", start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
