// Starts Python and runs cells in it. The page's worker and the check in node use the same code;
// they differ in how they read a file, wait and ask (`host`).
//
//   host.read(name)      bytes of a shipped file, as a promise
//   host.readNow(name)   the same at once (a synchronous request), for imports while a cell runs
//   host.pyodide()       Pyodide's module, and host.base, the folder of its files
//   host.post(kind, cell, a, b)  where outputs go
//   host.wait(s), host.ask(prompt, secret)  block until it is time, or there is an answer
//   host.interrupts      typed array in which a 2 stops the running cell

const LIB = "/lib/python314.zip";
const SITE = "/lib/python3.14/site-packages";
const EMPTY_ZIP = "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function start(host, manifest) {
  const jspi = "Suspending" in WebAssembly && manifest.files["snapshot-jspi"];
  if (!jspi) {
    // The memory of an interpreter made without stack switching fits no runtime that has it.
    delete WebAssembly.Suspending;
    delete WebAssembly.promising;
  }
  const [snapshot, { loadPyodide }] = await Promise.all([
    host.read(jspi ? "snapshot-jspi" : "snapshot").then(unpacked),
    host.pyodide(),
  ]);
  const pyodide = await loadPyodide({
    indexURL: host.base,
    packageBaseUrl: host.base,
    lockFileContents: manifest.lock,
    stdLibURL: host.emptyZip ?? EMPTY_ZIP,
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0", COLUMNS: "80" },
    _loadSnapshot: snapshot,
  });
  const runtime = new Runtime(host, manifest, pyodide, Boolean(jspi));
  await runtime.connect();
  return runtime;
}

class Runtime {
  constructor(host, manifest, pyodide, jspi) {
    Object.assign(this, { host, manifest, pyodide, jspi });
    this.arrived = new Set();
    this.kernel = pyodide.pyimport("kernel");
  }

  async connect() {
    const { host, kernel } = this;
    if (host.interrupts) this.pyodide.setInterruptBuffer(host.interrupts);
    kernel.connect(
      host.post,
      host.wait ?? undefined, // None: a null would be another object
      host.ask ?? undefined,
      (name) => this.fetchNow(name),
    );
    await Promise.all((this.manifest.always ?? []).map((group) => this.add(group)));
    if (this.manifest.cwd) {
      this.pyodide.FS.mkdirTree(this.manifest.cwd);
      this.pyodide.FS.chdir(this.manifest.cwd);
    }
  }

  /** Fetch what the imports of a cell need, before it runs. */
  async prepare(source) {
    const names = this.kernel.missing(source);
    const wanted = new Set(names.toJs().flatMap((name) => this.groupsFor(name)));
    names.destroy();
    await Promise.all([...wanted].map((group) => this.add(group)));
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

  /** The same, from inside an import: true if something new can be found now. */
  fetchNow(module) {
    const groups = this.groupsFor(module);
    for (const group of groups) {
      this.place(group, this.host.readNow(this.manifest.groups[group].file));
    }
    return groups.length > 0;
  }

  place(group, bytes) {
    if (this.arrived.has(group)) return;
    this.arrived.add(group);
    if (group === "stdlib") this.pyodide.FS.writeFile(LIB, bytes);
    else this.kernel.unpack(bytes, this.manifest.groups[group].root ?? SITE);
    this.kernel.arrived(group);
  }

  async run(source, cell, exercise = "") {
    await this.prepare(source);
    return this.kernel.run(source, cell, exercise);
  }

  /** Call a function of a module for the page: text in, text out. See `Python.call`. */
  async call({ module, name, argument, imports, groups = [] }) {
    const known = groups.filter((group) => group in this.manifest.groups);
    await Promise.all([this.prepare(`import ${imports}`), ...known.map((group) => this.add(group))]);
    return this.kernel.call(module, name, argument);
  }
}
