// Keeps what the reader typed, per page and cell, in this browser.
//
// A draft belongs to the text that it started from. When the book changes a cell, its draft is
// found again by the cell's place, and shown with a word about it: nothing typed is lost.

const PREFIX = "course-cells:";

async function digest(text) {
  let hash = 5381;
  for (let at = 0; at < text.length; at += 1) hash = (hash * 33 + text.charCodeAt(at)) | 0;
  return (hash >>> 0).toString(36);
}

export class Drafts {
  constructor(page) {
    this.key = PREFIX + page;
    this.all = this.#read();
    this.homeless = []; // drafts whose cell is no longer in the book: {key, text}
    this.onRefused = () => {}; // called once, when the browser does not keep something
  }

  /** What is kept now; other tabs write too. Where nothing can be kept, what this tab knows. */
  #read() {
    let text;
    try {
      text = localStorage.getItem(this.key);
    } catch {
      return this.all ?? {};
    }
    try {
      return JSON.parse(text ?? "{}");
    } catch {
      return {};
    }
  }

  #change(edit) {
    this.all = this.#read();
    edit(this.all);
    try {
      if (Object.keys(this.all).length) localStorage.setItem(this.key, JSON.stringify(this.all));
      else localStorage.removeItem(this.key);
    } catch {
      // Private windows and full stores: the text stays on the page, and in memory.
      if (!this.refused) this.onRefused();
      this.refused = true;
    }
  }

  /** Hear of what other tabs keep or forget for this page. */
  onElsewhere(hear) {
    addEventListener("storage", ({ key }) => {
      if (key !== this.key && key !== null) return;
      this.all = this.#read();
      hear();
    });
  }

  textOf({ key }) {
    return this.all[key]?.text;
  }

  /** Give each cell its key and its draft. */
  async match(cells) {
    const seen = new Map();
    for (const cell of cells) {
      const base = cell.exercise ? `exercise:${cell.exercise}` : await digest(cell.original);
      const count = (seen.get(base) ?? 0) + 1;
      seen.set(base, count);
      cell.key = count > 1 ? `${base}.${count}` : base;
    }
    const known = new Set(cells.map((cell) => cell.key));
    for (const cell of cells) {
      const own = this.all[cell.key];
      if (own) {
        cell.draft = own.text;
        cell.changedSince = own.from !== undefined && own.from !== cell.original;
      }
    }
    for (const [key, draft] of Object.entries(this.all)) {
      if (known.has(key)) continue;
      const cell = cells.find((each) => each.index === draft.at);
      if (!cell || cell.draft !== undefined) {
        this.homeless.push({ key, text: draft.text });
        continue;
      }
      cell.draft = draft.text;
      cell.changedSince = true;
      this.forget({ key });
      this.save(cell, draft.text);
    }
  }

  save({ key, index, original }, text) {
    this.#change((all) => (all[key] = { text, at: index, from: original }));
  }

  forget({ key }) {
    this.#change((all) => delete all[key]);
  }
}
