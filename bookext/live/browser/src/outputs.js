// Shows what a cell leaves behind, with the markup that the book gives to recorded outputs.
import { harmless } from "./harmless.js";
import { Terminal } from "./terminal.js";

const ORDER = [
  "text/html",
  "image/svg+xml",
  "image/png",
  "image/jpeg",
  "text/markdown",
  "text/latex",
  "application/json",
  "text/plain",
];

function block(kind, text) {
  const outer = document.createElement("div");
  outer.className = `output ${kind}`;
  const inner = document.createElement("div");
  inner.className = "highlight";
  const pre = document.createElement("pre");
  pre.textContent = text;
  inner.append(pre);
  outer.append(inner);
  return outer;
}

function shown(forms) {
  const mime = ORDER.find((each) => forms.has(each)) ?? "text/plain";
  const data = forms.get(mime) ?? "";
  const outer = document.createElement("div");
  outer.className = "output";
  if (mime === "text/html" || mime === "image/svg+xml") {
    outer.classList.add("text_html");
    outer.append(harmless(data));
  } else if (mime === "image/png" || mime === "image/jpeg") {
    const image = document.createElement("img");
    image.src = `data:${mime};base64,${data}`;
    image.alt = forms.get("text/plain") ?? "";
    outer.append(image);
  } else {
    return block("text_plain highlight-myst-ansi notranslate", data);
  }
  return outer;
}

export class Outputs {
  /** @param {HTMLElement} place the element whose content is replaced */
  constructor(place) {
    this.place = place;
    this.raw = [];
    this.clearNext = true;
  }

  /** Empty the place, but only when something new comes: pages should not jump. */
  begin() {
    this.raw = [];
    this.clearNext = true;
  }

  end() {
    if (this.clearNext) this.#clear();
    this.form?.remove();
    for (const pre of this.place.querySelectorAll("pre")) {
      if (pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0; // scrolled by keyboard, too
    }
  }

  #clear() {
    this.place.replaceChildren();
    this.clearNext = false;
    this.stream = null;
  }

  add(kind, a, b) {
    if (this.clearNext) this.#clear();
    if (kind === "stream") return this.#text(a, b);
    this.stream = null;
    if (kind === "clear") {
      this.raw = [];
      if (a) this.clearNext = true;
      else this.#clear();
      return;
    }
    const forms = new Map(a);
    this.raw.push({ kind, ...Object.fromEntries(forms) });
    if (kind !== "error") return this.place.append(shown(forms));
    const problem = block("traceback highlight-ipythontb notranslate", forms.get("traceback"));
    if (forms.get("help")) {
      const help = document.createElement("p");
      help.className = "live-help";
      help.textContent = forms.get("help");
      problem.append(help);
    }
    this.place.append(problem);
  }

  #text(name, text) {
    if (this.stream?.name !== name) {
      const kind = name === "stderr" ? "stderr highlight-myst-ansi" : "stream highlight-myst-ansi";
      const outer = block(`${kind} notranslate`, "");
      this.place.append(outer);
      const terminal = new Terminal(outer.querySelector("pre"));
      this.stream = { name, terminal, raw: { kind: "stream", name, text: "" } };
      this.raw.push(this.stream.raw);
    }
    this.stream.raw.text += text;
    this.stream.terminal.write(text);
  }

  note(words) {
    if (this.clearNext) this.#clear();
    const note = document.createElement("p");
    note.className = "live-help";
    note.textContent = words;
    this.place.append(note);
  }

  /**
   * Ask for a line.
   * @param {Function} give takes the answer
   * @param {HTMLElement} next gets the focus when the answer was given
   */
  ask(prompt, secret, give, next) {
    if (this.clearNext) this.#clear();
    const form = document.createElement("form");
    form.className = "live-input";
    const label = document.createElement("label");
    label.textContent = prompt || "input";
    const field = document.createElement("input");
    field.type = secret ? "password" : "text";
    field.autocomplete = "off";
    const button = document.createElement("button");
    button.textContent = "Enter";
    label.append(" ", field);
    form.append(label, button);
    this.place.append(form);
    const typing = document.activeElement?.closest(".live-editor, input, textarea");
    if (!typing) field.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.remove();
      next.focus({ preventScroll: true });
      this.add("stream", "stdout", `${prompt}${secret ? "" : field.value}\n`);
      give(field.value);
    });
    this.form = form;
  }
}
