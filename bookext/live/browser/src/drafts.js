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
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return {};
    }
  }

  #write() {
    try {
      if (Object.keys(this.all).length) localStorage.setItem(this.key, JSON.stringify(this.all));
      else localStorage.removeItem(this.key);
    } catch {
      // Private windows and full stores: the text stays on the page, and in memory.
    }
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
      const cell = cells[draft.at - 1];
      if (known.has(key) || !cell || cell.draft !== undefined) continue;
      cell.draft = draft.text;
      cell.changedSince = true;
      delete this.all[key];
      this.save(cell, draft.text);
    }
  }

  save(cell, text) {
    this.all = { ...this.#read(), ...this.all };
    this.all[cell.key] = { text, at: cell.index, from: cell.original };
    this.#write();
  }

  forget(cell) {
    delete this.all[cell.key];
    this.#write();
  }
}
