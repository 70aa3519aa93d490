// Starts Python and runs cells in it. The page's worker and the check in node use the same code;
// they differ in how they read a file, wait and ask (`host`).
//
//   host.read(name)      bytes of a shipped file, as a promise; host.open(name), a stream of them
//   host.readNow(name)   the same at once (a synchronous request), for imports while a cell runs
//   host.loadPyodide     Pyodide's loader; host.program(), its program; host.base, its folder
//   host.post(kind, cell, a, b)  where outputs go
//   host.wait(s), host.ask(prompt, secret)  block until it is time, or there is an answer
//   host.interrupts      typed array in which a 2 stops the running cell

import { Memory } from "./memory.js";

const LIB = "/lib/python314.zip";
const SITE = "/lib/python3.14/site-packages";
const AHEAD_AT_MOST = 4_000_000; // bytes of a bundle that is unpacked before a cell asks for it
// Bytes that Python may use of its own stack. That has 10 MB, but each of its frames has another one
// on the browser's, which holds about 1 MB, and to run over its end ends Python. In Chromium 156 some
// endless recursion through C did so from 160,000 on; with 130,000 none of 48 kinds.
const STACK = 120_000;
const STOP = 2; // the number of SIGINT
const EMPTY_ZIP = "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

export async function start(host, manifest) {
  const jspi = "Suspending" in WebAssembly && manifest.files["snapshot-jspi"];
  if (!jspi) {
    // The memory of an interpreter made without stack switching fits no runtime that has it.
    delete WebAssembly.Suspending;
    delete WebAssembly.promising;
  }
  // The files come and are unpacked and compiled side by side: nothing is awaited before its use.
  const name = jspi ? "snapshot-jspi" : "snapshot";
  const memory = new Memory(manifest.memory[name]);
  const filled = host.open(name).then((stream) => memory.fill(stream));
  const program = host.program();
  for (const begun of [filled, program]) begun.catch(() => {}); // told below, by who waits for it
  for (const group of manifest.always ?? []) host.read(manifest.groups[group].file).catch(() => {});
  const pyodide = await host.loadPyodide({
    indexURL: host.base,
    packageBaseUrl: host.base,
    lockFileContents: manifest.lock,
    stdLibURL: host.emptyZip ?? EMPTY_ZIP,
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0", COLUMNS: "80" },
    _loadSnapshot: memory.bytes, // read when the program below has been made
    async createPyodideModule(settings) {
      const module = await made((await program).default, settings);
      await filled;
      memory.complete(module.HEAPU8);
      return module;
    },
  });
  limitStack(pyodide._module);
  const runtime = new Runtime(host, manifest, pyodide, Boolean(jspi));
  await runtime.connect();
  return runtime;
}

// Pyodide writes a warning when its program does not come, and then waits for ever.
function made(program, settings) {
  const { instantiateStreaming } = WebAssembly;
  const module = new Promise((resolve, refuse) => {
    WebAssembly.instantiateStreaming = (...given) => {
      const instance = instantiateStreaming.apply(WebAssembly, given);
      instance.catch(refuse);
      return instance;
    };
    program(settings).then(resolve, refuse);
  });
  return module.finally(() => Object.assign(WebAssembly, { instantiateStreaming }));
}

// By PyUnstable_ThreadState_SetStackProtection of the C API (gh-139653), which Python 3.14.2 has.
function limitStack(module) {
  const thread = module._PyThreadState_Get();
  const lowest = module._emscripten_stack_get_base() - STACK;
  if (module._PyUnstable_ThreadState_SetStackProtection(thread, lowest, STACK) !== 0) {
    throw new Error("Python took no limit for its stack");
  }
}

class Runtime {
  constructor(host, manifest, pyodide, jspi) {
    Object.assign(this, { host, manifest, pyodide, jspi });
    this.arrived = new Set();
    this.compiled = []; // WebAssembly parts of packages that came
    this.kernel = pyodide.pyimport("kernel");
  }

  async connect() {
    const { host, kernel } = this;
    kernel.connect(
      host.post,
      host.wait ?? undefined, // None: a null would be another object
      host.ask ?? undefined,
      (name) => this.fetchNow(name),
      Object.keys(this.manifest.modules),
    );
    await Promise.all((this.manifest.always ?? []).map((group) => this.add(group)));
    if (this.manifest.cwd) {
      this.pyodide.FS.mkdirTree(this.manifest.cwd);
      this.pyodide.FS.chdir(this.manifest.cwd);
    }
  }

  /**
   * Fetch what the imports of a cell need, before it runs. What does not come is asked for again by
   * the import itself, which can say so to the reader.
   */
  async prepare(source) {
    const names = this.kernel.missing(source);
    const wanted = new Set(names.toJs().flatMap((name) => this.groupsFor(name)));
    names.destroy();
    // Packages use the standard library in ways that no cell shows; `seethrough` fits the memory.
    const packages = [...wanted].some((group) => !this.manifest.groups[group].root);
    if (packages && !this.arrived.has("stdlib")) wanted.add("stdlib");
    await Promise.allSettled([...wanted].map((group) => this.add(group)));
  }

  /** Which groups an import brings in: its own, and those it needs. */
  groupsFor(module) {
    const { modules, groups } = this.manifest;
    const top = module.split(".")[0];
    const found = modules[top] ?? (this.isStandard(top) ? "stdlib" : undefined);
    if (!found) return [];
    const all = [];
    const visit = (name) => {
      if (all.includes(name)) return;
      all.push(name);
      (groups[name]?.needs ?? []).forEach(visit);
    };
    visit(found);
    return all.filter((name) => !this.arrived.has(name));
  }

  isStandard(top) {
    this.standard ??= new Set(this.kernel.standard_names().toJs());
    return this.standard.has(top);
  }

  async add(group) {
    if (this.arrived.has(group)) return;
    const bytes = await this.host.read(this.manifest.groups[group].file);
    this.place(group, bytes);
  }

  /** The same ahead of need, a large bundle apart: unpacking would keep a cell waiting too long. */
  async addAhead(group) {
    const { file } = this.manifest.groups[group];
    if (this.arrived.has(group) || this.manifest.sizes[file] > AHEAD_AT_MOST) return;
    await this.add(group);
    for (const part of this.compiled.splice(0)) await this.pyodide._api.loadDynlib(part);
  }

  /**
   * The same, from inside an import.
   *
   * @returns {string} "new" if something can be found now that could not before, "" if not, and
   *   otherwise why what it needs did not come
   */
  fetchNow(module) {
    const groups = this.groupsFor(module);
    try {
      for (const group of groups) {
        this.place(group, this.host.readNow(this.manifest.groups[group].file));
      }
    } catch (error) {
      return String(error?.message ?? error);
    }
    return groups.length ? "new" : "";
  }

  place(group, bytes) {
    if (this.arrived.has(group)) return;
    // Stop must not leave half of it there.
    this.heeding(false, () => {
      if (group === "stdlib") this.pyodide.FS.writeFile(LIB, bytes);
      else {
        const compiled = this.kernel.unpack(bytes, this.manifest.groups[group].root ?? SITE);
        this.compiled.push(...compiled.toJs());
        compiled.destroy();
      }
      this.kernel.arrived(group);
    });
    this.arrived.add(group);
  }

  /** Do work during which Python itself hears Stop, or does not; return what it gives. */
  heeding(whether, work) {
    const before = this.heard;
    const hear = (buffer) => this.pyodide.setInterruptBuffer((this.heard = buffer));
    hear(whether ? this.host.interrupts : undefined);
    try {
      return work();
    } finally {
      hear(before);
    }
  }

  /** Wait for work that is not Python's; tell whether Stop came before it was done. */
  async stopped(work) {
    const { interrupts } = this.host;
    let timer;
    const stop = new Promise((resolve) => {
      if (interrupts) timer = setInterval(() => interrupts[0] === STOP && resolve(), 50);
    });
    try {
      await Promise.race([work, stop]);
    } finally {
      clearInterval(timer);
    }
    const heard = interrupts?.[0] === STOP;
    if (heard) interrupts[0] = 0;
    return heard;
  }

  async run(source, cell, exercise = "") {
    if (await this.stopped(this.prepare(source))) return this.kernel.stopped(cell);
    return this.heeding(true, () => this.kernel.run(source, cell, exercise));
  }

  /** Call a function of a module for the page: text in, text out. See `Python.call`. */
  async call({ module, name, argument, imports, groups = [] }) {
    const known = groups.filter((group) => group in this.manifest.groups);
    const work = [this.prepare(`import ${imports}`), ...known.map((group) => this.add(group))];
    if (await this.stopped(Promise.all(work))) throw new Error("It was stopped.");
    return this.heeding(true, () => this.kernel.call(module, name, argument));
  }
}
