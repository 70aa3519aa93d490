// Turns the code cells of a page into editors over one Python, when the reader wants them.
//
// The build marks each cell: `.cell[data-cell]` with `data-cell-state` (idle or recorded),
// `data-line`, `data-raises`, `data-reason`. Here the state becomes waiting, running, done or failed.
//
// For the book's other scripts: `window.liveCells` has `run(element)`, `source(element)`,
// `setSource(element, text)`, `reset(element)`, and `call(work)`, which calls a function in the page's
// Python (see `Python.call`); each change of state fires `live-cell` on the cell's element, with
// `{state, outputs, edited}`, where outputs are the raw messages of the last run. What Python does
// (`off`, `starting`, `ready`, `busy`, `stopping`) is `data-python` of the document's element; each
// change fires `live-phase` on the document.
import manifest from "manifest";
import { Drafts } from "./drafts.js";
import { Outputs } from "./outputs.js";
import { Python } from "./python.js";

const folder = new URL(".", import.meta.url).href;
const page = JSON.parse(document.getElementById("live-page").textContent);
const WORDS = {
  idle: "",
  waiting: "waiting",
  running: "running",
  done: "done",
  failed: "failed",
};
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

class Cell {
  constructor(element, index) {
    this.element = element;
    this.index = index;
    this.name = String(index);
    this.input = element.querySelector(".cell_input");
    this.block = this.input.querySelector("div[class*=highlight-]") ?? this.input;
    this.pre = this.block.querySelector("pre");
    this.original = this.pre.textContent.replace(/\n$/, "");
    this.exercise = tagOf(element, "exercise");
    this.checks = tagOf(element, "check");
    this.raises = "raises" in element.dataset;
    this.state = "idle";
    this.fresh = false; // ran in the present Python as it stands
    this.typed = false; // here, and not kept yet; another tab may have kept something newer
  }

  get source() {
    return this.editor?.text() ?? this.draft ?? this.original;
  }

  get edited() {
    return this.source !== this.original;
  }

  set(state, words = WORDS[state]) {
    this.state = state;
    this.element.dataset.cellState = state;
    this.status.textContent = words;
    this.element.dispatchEvent(
      new CustomEvent("live-cell", {
        bubbles: true,
        detail: { state, outputs: this.outputs?.raw ?? [], edited: this.edited },
      }),
    );
  }

  /** Build the buttons, without loading anything. */
  furnish() {
    const button = (words, name, action, title = name) => {
      const made = make("button", { type: "button", className: "live-button", textContent: words, title });
      made.setAttribute("aria-label", name);
      made.addEventListener("click", action);
      return made;
    };
    this.runButton = button("Run", "Run cell", () => run([this]), "Run cell (Shift+Enter)");
    this.toHere = button("Run to here", "Run to here", () => runTo(this), "Run every cell down to this one");
    this.resetButton = button("Reset", "Reset cell", () => this.reset(), "Give this cell the book's text again");
    this.backButton = button("Bring back", "Bring back what you typed", () => this.bringBack());
    this.status = make("span", { className: "live-state" });
    const buttons = [this.runButton, this.toHere, this.resetButton, this.backButton];
    this.bar = make("div", { className: "live-bar" }, ...buttons, this.status);
    this.input.append(this.bar);
    this.pre.tabIndex = 0;
    this.pre.setAttribute("role", "group");
    this.pre.setAttribute("aria-label", `Code of cell ${this.index}, Enter to edit`);
    this.pre.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (event.shiftKey) runAndMove(this);
      else if (event.ctrlKey || event.metaKey) run([this]);
      else this.edit();
    });
    this.pre.addEventListener("click", (event) => {
      const marked = getSelection();
      if (marked && !marked.isCollapsed) return; // they select text to copy
      if (event.target.closest("a")) return;
      this.edit(offsetAt(this.pre, event));
    });
    for (const kind of ["pointerenter", "focusin"]) {
      this.element.addEventListener(kind, () => warmUp(kind), { once: true, passive: true });
    }
    this.showEdited();
    if (this.draft !== undefined) this.showDraft();
  }

  showEdited() {
    this.resetButton.hidden = !this.edited && !this.outputs;
    this.backButton.hidden = this.forgotten === undefined;
    this.element.toggleAttribute("data-edited", this.edited);
  }

  /** A draft from an earlier visit is shown as text; the editor comes when they go there. */
  showDraft() {
    this.highlighted = this.highlighted ?? this.pre.innerHTML;
    this.pre.textContent = this.draft;
    if (this.changedSince) {
      this.status.textContent = "The book has changed this cell since you edited it; Reset shows its new text.";
    }
  }

  /** Open the editor, with the cursor at an offset into the text. */
  async edit(at = 0) {
    if (this.editor) return this.editor.focus();
    warmUp("focusin");
    const { edit } = await import("./editor.js");
    if (this.editor) return this.editor.focus();
    const place = make("div", { className: "live-editor" });
    const look = getComputedStyle(this.pre); // the code must not jump when it becomes an editor
    place.style.font = look.font;
    place.style.lineHeight = look.lineHeight;
    place.style.setProperty("--live-pad-y", look.paddingTop);
    place.style.setProperty("--live-pad-x", look.paddingLeft);
    const text = this.source;
    this.editor = edit({
      parent: place,
      text,
      at,
      label: `Code of cell ${this.index}`,
      onChange: (now) => {
        this.fresh = false;
        this.draft = now;
        this.forgotten = undefined;
        if (!this.adopting) this.keepSoon();
        this.showEdited();
      },
      onRun: (move) => (move ? runAndMove(this) : run([this])),
      onLeave: () => this.runButton.focus(),
    });
    this.block.before(place);
    this.block.hidden = true;
    this.editor.focus();
  }

  keepSoon() {
    this.typed = true;
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), 250);
  }

  save() {
    clearTimeout(this.saving);
    if (!this.typed) return;
    this.typed = false;
    if (this.draft === this.original) drafts.forget(this);
    else drafts.save(this, this.draft);
  }

  /** Show what was typed into this cell in another tab, unless something is typed here just now. */
  adopt(text = this.original) {
    if (this.typed || this.source === text) return;
    this.adopting = true;
    if (this.editor) this.editor.set(text);
    else {
      this.draft = text;
      this.fresh = false;
      this.showDraft();
    }
    this.adopting = false;
    this.showEdited();
  }

  change(text) {
    if (this.editor) this.editor.set(text);
    else {
      this.draft = text;
      this.fresh = false;
      this.typed = true;
      this.showDraft();
      this.save();
      this.showEdited();
    }
  }

  reset() {
    if (this.state === "running" || this.state === "waiting") return;
    const forgotten = this.edited ? this.source : undefined;
    if (this.editor) {
      this.editor.set(this.original);
      this.editor.mark(0);
    } else if (this.highlighted !== undefined) this.pre.innerHTML = this.highlighted;
    clearTimeout(this.saving);
    this.typed = false;
    this.draft = undefined;
    this.changedSince = false;
    drafts.forget(this);
    if (this.recorded) this.recorded.hidden = false;
    this.place?.remove();
    this.place = this.outputs = undefined;
    this.fresh = false;
    this.forgotten = forgotten;
    this.set("idle");
    this.showEdited();
    if (document.activeElement === document.body || this.resetButton.hidden) this.runButton.focus();
  }

  /** Take a reset back. */
  bringBack() {
    this.change(this.forgotten);
    this.forgotten = undefined;
    this.showEdited();
    this.runButton.focus();
  }

  /** Give the recorded output way to a live one. */
  makeRoom() {
    if (!this.outputs) {
      this.recorded = this.element.querySelector(":scope > .cell_output, :scope > details .cell_output");
      this.place = make("div", { className: "cell_output live-output" });
      this.place.setAttribute("aria-label", `Output of cell ${this.index}`);
      this.place.setAttribute("role", "group");
      if (this.recorded) {
        this.recorded.after(this.place);
        this.place.append(...[...this.recorded.childNodes].map((node) => node.cloneNode(true)));
        this.recorded.hidden = true;
      } else this.element.append(this.place);
      this.outputs = new Outputs(this.place);
    }
    this.outputs.begin();
    this.editor?.mark(0);
  }

  point() {
    const error = this.outputs.raw.findLast((each) => each.kind === "error");
    const lines = [...(error?.traceback ?? "").matchAll(/Cell (\d+), line (\d+)/g)];
    const own = lines.filter((each) => each[1] === this.name).at(-1);
    if (own) this.editor?.mark(Number(own[2]));
    return error;
  }
}

/** Find how many characters of an element's text stand before the place of a click. */
function offsetAt(element, { clientX, clientY }) {
  const caret = document.caretPositionFromPoint?.(clientX, clientY);
  const range = caret ? document.createRange() : document.caretRangeFromPoint?.(clientX, clientY);
  if (caret) range.setStart(caret.offsetNode, caret.offset);
  if (!range || !element.contains(range.startContainer)) return 0;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  return before.toString().length;
}

function tagOf(element, kind) {
  const found = [...element.classList].find((each) => each.startsWith(`tag_${kind}:`));
  return found?.slice(kind.length + 5);
}

// ── the page ────────────────────────────────────────────────────────────────────────────────

const cells = [...document.querySelectorAll(".cell[data-cell]")]
  .filter((element) => element.dataset.cellState !== "recorded" && element.querySelector(".cell_input pre"))
  .map((element) => new Cell(element, Number(element.dataset.cell)));
const byElement = new Map(cells.map((cell) => [cell.element, cell]));
const drafts = new Drafts(page.slug);

const say = make("span", { className: "live-said" });
say.setAttribute("role", "status");
const phaseWords = make("span", { className: "live-phase" });
const barButton = (name, action) => {
  const button = make("button", { type: "button", className: "live-button", textContent: name });
  button.addEventListener("click", action);
  return button;
};
const runAll = barButton("Run all", () => run(cells));
const stopButton = barButton("Stop", () => python.stop());
const restartButton = barButton("Restart", () => {
  python.restart();
  say.textContent = "Python was restarted.";
});

/** A button that is disabled would lose the focus, and the reader their place. */
function enable(button, whether) {
  if (!whether && document.activeElement === button) runAll.focus();
  button.disabled = !whether;
}

const PHASES = {
  off: "Python is not running",
  starting: "Python starts",
  ready: "Python is ready",
  busy: "Python is busy",
  stopping: "Python stops",
};

const python = new Python({
  folder,
  manifest,
  page: { always: page.always, cwd: page.cwd },
  onPhase(phase) {
    phaseWords.textContent = PHASES[phase];
    document.documentElement.dataset.python = phase;
    document.dispatchEvent(new CustomEvent("live-phase", { detail: { phase } }));
    enable(stopButton, ["busy", "starting", "stopping"].includes(phase) && python?.current);
    enable(restartButton, phase !== "off");
    if (phase === "ready") afterStart();
    if (phase === "off") keepVisited();
  },
  onTurn(cell) {
    cell.makeRoom();
    cell.outputs.from = cell.source;
    stopButton.disabled = false;
  },
  onBegan(cell) {
    cell.set("running");
  },
  onOutput(cell, kind, a, b) {
    cell.outputs.add(kind, a, b);
  },
  onEnded(cell, state, ms) {
    cell.outputs.end();
    const error = cell.point();
    const expected = cell.raises && state === "failed";
    const took = ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
    const words = expected ? `raised, as it should, in ${took}` : `${state} in ${took}`;
    const judged = cell.exercise || cell.checks; // whose failing is the reader's to mend, in its time
    cell.fresh = cell.outputs.from === cell.source && (state === "done" || expected || Boolean(judged));
    if (error?.ename === "NameError" && cells.some((each) => each.index < cell.index && !each.fresh)) {
      cell.outputs.note("Cells above have not run yet: “Run to here” runs them first.");
    }
    cell.set(state === "failed" && !expected ? "failed" : "done", words);
    cell.showEdited();
    say.textContent = error ? `Cell ${cell.index} ${words}: ${error.ename}` : `Cell ${cell.index} ${words}`;
    if (cell.state === "failed") for (const each of python.queue.splice(0)) python.onDropped(each);
  },
  onAsk(cell, prompt, secret) {
    say.textContent = `Cell ${cell.index} asks: ${prompt}`;
    cell.outputs.ask(prompt, secret, (text) => python.answer(text), cell.runButton);
  },
  onDropped(cell) {
    if (cell.checks && cell.outputs) cell.makeRoom(); // a verdict on what is there no more
    cell.outputs?.end();
    cell.set("idle");
  },
  onLost(cell, words) {
    for (const each of cells) {
      each.fresh = false;
      if (each !== cell && each.state !== "idle") each.set("idle");
    }
    if (!cell) {
      if (words) say.textContent = words;
      return;
    }
    cell.outputs?.form?.remove();
    cell.outputs?.note(words);
    cell.set("failed", "stopped");
    cell.showEdited();
    say.textContent = `Cell ${cell.index}: ${words}`;
  },
});

/** Queue cells; a check brings the exercise that it judges along. */
function run(wanted) {
  wanted.forEach((cell) => cell.save());
  const busy = new Set([python.current, ...python.queue]);
  for (const cell of wanted) {
    const judged = cell.checks && cells.find((each) => each.exercise === cell.checks);
    for (const each of judged && !judged.fresh && !wanted.includes(judged) ? [judged, cell] : [cell]) {
      if (busy.has(each)) continue;
      busy.add(each);
      each.set("waiting");
      python.run(each);
    }
  }
}

/** Run down to a cell, from the first one that failed, was changed or did not run: what follows needs it. */
function runTo(cell) {
  const down = cells.slice(0, cells.indexOf(cell) + 1);
  run(down.slice(down.findIndex((each) => each === cell || !each.fresh)));
}

function runAndMove(cell) {
  run([cell]);
  const next = cells[cells.indexOf(cell) + 1];
  if (!next) return cell.runButton.focus();
  if (next.editor) next.editor.focus();
  else next.pre.focus();
  next.element.scrollIntoView({ block: "nearest" });
}

// ── loading ahead ───────────────────────────────────────────────────────────────────────────

const saving = () => navigator.connection?.saveData || /(^|-)2g$/.test(navigator.connection?.effectiveType ?? "");
const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 300));

/** They point at a cell or went to it: start Python, so that Run finds it ready. */
function warmUp(kind) {
  if (kind === "pointerenter" && saving()) return;
  python.start();
}

let begun = false;
/** Python is there: fetch what the page's next cells need, after the output of the first is shown. */
function afterStart() {
  if (begun) return;
  begun = true;
  const rest = python.ran ? 500 : 0;
  setTimeout(() => whenIdle(() => {
    keepVisited();
    if (!saving()) python.warm([...page.bundles, "stdlib"]);
    keepForOffline();
  }), rest);
}

/** Have visited pages kept for offline, by a service worker; its start must not slow Python's. */
function keepVisited() {
  if (!navigator.serviceWorker || !isSecureContext || python?.phase === "starting") return;
  navigator.serviceWorker.register(new URL("../../sw.js", folder)).catch(() => {});
}

/** Tell the service worker what this page needs, so that it works offline. */
function keepForOffline() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return;
  const later = saving() ? [] : ["stdlib", ...page.bundles];
  const files = [...later, "worker", ...(page.always ?? [])].map((name) => manifest.files[name]);
  files.push(manifest.files["Suspending" in WebAssembly && manifest.files["snapshot-jspi"] ? "snapshot-jspi" : "snapshot"]);
  const glue = ["pyodide.asm.mjs", "pyodide.asm.wasm"].map((name) => `${manifest.base}/${name}`);
  const current = [...Object.values(manifest.files), ...glue].map((name) => new URL(name, folder).href);
  const loaded = performance
    .getEntriesByType("resource")
    .map((entry) => entry.name)
    .filter((name) => name.startsWith(location.origin));
  const addresses = [
    location.href.split("#")[0],
    ...loaded,
    ...[...files, ...glue, "live.css"].filter(Boolean).map((name) => new URL(name, folder).href),
  ];
  import("./editor.js"); // small, and needed offline as well
  worker.postMessage({ type: "keep", addresses: [...new Set(addresses)], current });
}

/** The first sign that someone reads, not merely opens: fetch Python's files while nothing happens. */
function prefetchOnInterest() {
  const signs = ["pointermove", "scroll", "keydown", "touchstart"];
  const begin = () => {
    for (const sign of signs) removeEventListener(sign, begin);
    if (saving()) return;
    whenIdle(() => {
      if (navigator.serviceWorker?.controller) return keepForOffline();
      for (const name of [`${manifest.base}/pyodide.asm.wasm`, `${manifest.base}/pyodide.asm.mjs`]) {
        document.head.append(make("link", { rel: "prefetch", href: new URL(name, folder).href }));
      }
    });
  };
  for (const sign of signs) addEventListener(sign, begin, { passive: true });
}

/** What they typed into a cell that a new edition of the book no longer has. */
function keptFrom(draft) {
  const forget = barButton("Forget it", () => {
    drafts.forget(draft);
    kept.remove();
  });
  const text = make("pre", { textContent: draft.text });
  text.tabIndex = 0;
  const summary = make("summary", { textContent: "Your code from a cell that this page no longer has" });
  const kept = make("details", { className: "live-kept" }, summary, text, forget);
  return kept;
}

async function begin() {
  const bar = make("div", { className: "live-page-bar" }, runAll, stopButton, restartButton, phaseWords, say);
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "Live cells");
  stopButton.disabled = restartButton.disabled = true;
  phaseWords.textContent = PHASES.off;
  (document.querySelector("main h1, article h1, h1") ?? document.body.firstChild).after(bar);
  drafts.onRefused = () => {
    const words = "This browser keeps nothing for this page, as its store is full or closed. Copy your code before you leave.";
    bar.after(make("p", { className: "live-unkept", textContent: words, role: "alert" }));
  };
  await drafts.match(cells);
  for (const cell of cells) cell.furnish();
  for (const draft of drafts.homeless) bar.after(keptFrom(draft));
  addEventListener("pagehide", () => cells.forEach((cell) => cell.save()));
  drafts.onElsewhere(() => cells.forEach((cell) => cell.adopt(drafts.textOf(cell))));
  document.documentElement.dataset.live = "ready";
  window.liveCells = {
    run: (element) => run([byElement.get(element)]),
    source: (element) => byElement.get(element).source,
    setSource: (element, text) => byElement.get(element).change(text),
    reset: (element) => byElement.get(element).reset(),
    outputs: (element) => byElement.get(element).outputs?.raw ?? [],
    call: (work) => python.call(work),
    warmUp,
    python,
  };
  document.dispatchEvent(new CustomEvent("live-ready"));
  if (navigator.serviceWorker && isSecureContext) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.type === "kept") document.documentElement.dataset.offline = "ready";
    });
    navigator.serviceWorker.addEventListener("controllerchange", () => begun && keepForOffline());
    whenIdle(keepVisited);
    prefetchOnInterest();
  }
}

if (cells.length && location.protocol !== "file:") begin();
