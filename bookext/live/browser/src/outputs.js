// Shows what a cell leaves behind, with the markup that the book gives to recorded outputs.

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

/** Parse HTML that a cell made, without what would run on its own. */
function harmless(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const node of template.content.querySelectorAll("script, iframe, object, embed")) node.remove();
  for (const node of template.content.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      if (name.startsWith("on") || /^\s*(javascript|data:text\/html)/i.test(value)) {
        node.removeAttribute(name);
      }
    }
  }
  return template.content;
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
      this.stream = { name, pre: outer.querySelector("pre"), raw: { kind: "stream", name, text: "" } };
      this.raw.push(this.stream.raw);
    }
    this.stream.raw.text += text;
    const { pre } = this.stream;
    if (/[\r\b]/.test(text)) pre.textContent = overwritten(this.stream.raw.text);
    else pre.append(text);
  }

  note(words) {
    if (this.clearNext) this.#clear();
    const note = document.createElement("p");
    note.className = "live-help";
    note.textContent = words;
    this.place.append(note);
  }

  ask(prompt, secret, give) {
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
    field.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.remove();
      this.add("stream", "stdout", `${prompt}${secret ? "" : field.value}\n`);
      give(field.value);
    });
    this.form = form;
  }
}

/** What a terminal would show of text with carriage returns. */
function overwritten(text) {
  return text
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").reduce((old, now) => now + old.slice(now.length), ""))
    .join("\n");
}
