// The page's side of its one Python: starts the worker, keeps the queue of cells, stops and restarts.

const STOP_PATIENCE = 1500; // ms that a cell has to hear Stop before its Python is ended
const DEEP = /call stack|too much recursion/i; // in the words of V8, of SpiderMonkey
const canShare = () => globalThis.crossOriginIsolated && typeof SharedArrayBuffer === "function";

export class Python {
  /**
   * @param {object} options folder, manifest, page (what the worker is told), and listeners:
   *   onPhase(phase), onBegan(cell), onOutput(cell, kind, a, b), onEnded(cell, state, ms),
   *   onAsk(cell, prompt, secret, answer), onLost(cell, words)
   */
  constructor(options) {
    Object.assign(this, options);
    this.phase = "off";
    this.queue = [];
    this.current = null;
    // A call for the page waits in the queue of cells, but nobody watches it there.
    const { onDropped, onLost } = options;
    this.onDropped = (job) => (job.work ? job.refuse(new Error("It was stopped.")) : onDropped(job));
    this.onLost = (job, words) => {
      job?.refuse?.(new Error(words));
      onLost(job?.work ? null : job, words);
    };
    this.starts = 0;
    this.ran = 0; // cells that ended
  }

  /** Start it, if it is not there; costs nothing when it is. */
  start() {
    if (this.worker) return;
    this.#phase("starting");
    this.starts += 1;
    const { folder, manifest, page } = this;
    this.worker = new Worker(new URL(manifest.files.worker, folder), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault?.();
      this.#hear({ type: "fatal", message: event.message || "its script could not be loaded" });
    };
    this.shared = canShare()
      ? { interrupts: new SharedArrayBuffer(1), answer: new SharedArrayBuffer(8 + 65536) }
      : null;
    this.worker.postMessage({ type: "start", folder, manifest, page, shared: this.shared });
  }

  /** Put a cell in the queue; its source is read when its turn comes. */
  run(cell) {
    this.start();
    this.queue.push(cell);
    this.#next();
  }

  /**
   * Call a function in this Python when the cells before it have run.
   *
   * @param {object} work module and name of a function that takes and gives text; argument, what it
   *   is given; imports, the modules whose bundles it needs, with commas; groups, further bundles.
   * @returns {Promise<string>} what it returned; rejected with what it raised, or when it is stopped
   */
  call(work) {
    this.start();
    return new Promise((resolve, refuse) => {
      this.queue.push({ work, resolve, refuse });
      this.#next();
    });
  }

  /** Stop the running cell and forget the waiting ones. */
  stop() {
    const waiting = this.queue.splice(0);
    waiting.forEach((cell) => this.onDropped(cell));
    if (!this.current || this.phase === "stopping") return;
    const cell = this.current;
    this.#phase("stopping");
    if (this.shared) {
      new Uint8Array(this.shared.interrupts)[0] = 2;
      const answer = new Int32Array(this.shared.answer);
      Atomics.notify(answer, 0);
    }
    clearTimeout(this.timer);
    const patience = this.shared ? STOP_PATIENCE : 0;
    this.timer = setTimeout(() => {
      if (this.current !== cell) return;
      this.#end();
      this.onLost(cell, "Stopped. Python did not answer and was restarted: run the cells above again.");
      this.start();
    }, patience);
  }

  /** Begin anew, with no names. */
  restart() {
    this.queue.splice(0).forEach((cell) => this.onDropped(cell));
    const cell = this.current;
    this.#end();
    if (cell) this.onLost(cell, "Stopped by Restart.");
    this.onLost(null, "");
    this.start();
  }

  /** Fetch bundles that the page will need, without waiting for them. */
  warm(names) {
    this.worker?.postMessage({ type: "warm", names });
  }

  answer(text) {
    const state = new Int32Array(this.shared.answer);
    const bytes = new TextEncoder().encode(text).subarray(0, 65536);
    new Uint8Array(this.shared.answer).set(bytes, 8);
    Atomics.store(state, 1, bytes.length);
    Atomics.store(state, 0, 2);
    Atomics.notify(state, 0);
  }

  #next() {
    if (this.current || !this.queue.length) return;
    this.current = this.queue.shift();
    if (this.shared) new Uint8Array(this.shared.interrupts)[0] = 0;
    if (this.current.work) {
      if (this.phase === "ready") this.#phase("busy");
      this.worker.postMessage({ type: "call", work: this.current.work });
      return;
    }
    this.onTurn(this.current);
    const { name: cell, source, exercise = "" } = this.current;
    this.worker.postMessage({ type: "run", cell, source, exercise });
  }

  #hear(message) {
    switch (message.type) {
      case "ready":
        this.startedIn = message.ms;
        this.#phase(this.current ? "busy" : "ready");
        break;
      case "began":
        this.#phase("busy");
        this.onBegan(this.current);
        break;
      case "output":
        if (this.current?.name === message.cell) {
          this.onOutput(this.current, message.kind, message.a, message.b);
        }
        break;
      case "ask":
        this.onAsk(this.current, message.prompt, message.secret);
        break;
      case "ended": {
        clearTimeout(this.timer);
        const cell = this.current;
        this.current = null;
        this.ran += 1;
        this.#phase("ready");
        if (!cell.work) this.onEnded(cell, message.state, message.ms);
        else if (message.state === "done") cell.resolve(message.value);
        else cell.refuse(new Error(message.value));
        this.#next();
        break;
      }
      case "fatal": {
        const { current: cell, phase } = this;
        this.queue.splice(0).forEach((each) => this.onDropped(each));
        this.#end();
        const words = phase === "starting"
          ? `Python could not be started here: ${message.message}`
          : `Python broke down in this cell${DEEP.test(message.message) ? ", which calls itself too deep," : ""} `
            + `and was restarted: run the cells above again. (${message.message})`;
        this.onLost(cell, words);
        if (phase !== "starting") this.start();
        break;
      }
    }
  }

  #end() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.current = null;
    this.#phase("off");
  }

  #phase(phase) {
    this.phase = phase;
    this.onPhase(phase);
  }
}
