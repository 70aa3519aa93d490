// Build steps that need Pyodide itself, run by node: `node tools.mjs STEP JSON`.
//
//   stdlib   {npm, out}                        standard library compiled ahead, for the snapshot
//   snapshot {npm, out, stdlib, python, jspi}  Python's memory with the kernel already imported
//   bundle   {npm, jobs: [{out, files, root, keep, drop}]}   archives as one zip of byte code
//
// Compiling happens in an interpreter of its own, so that no garbage of it is left in a snapshot.
import { readFileSync, writeFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const [step, text] = process.argv.slice(2);
const options = JSON.parse(text);
const packages = resolve(options.npm, "pyodide");

/** Start Pyodide from its npm package; nothing else is ever fetched. */
async function start(more = {}) {
  const { loadPyodide } = await import(pathToFileURL(join(packages, "pyodide.mjs")));
  const lock = JSON.parse(readFileSync(join(packages, "pyodide-lock.json"), "utf8"));
  lock.packages = {};
  return loadPyodide({
    indexURL: packages,
    lockFileContents: lock,
    packageBaseUrl: packages,
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
    ...more,
  });
}

function* filesUnder(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (name === "__pycache__") continue;
    if (statSync(path).isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

/**
 * Plan what of a memory has to be shipped. Half of it is zeros, and a quarter of the rest, CPython's
 * constant tables, comes with the WebAssembly file anyway.
 *
 * @returns {{length, shipped, held}} bytes of the whole, and ranges of it, as beginnings and ends: those
 *   that are shipped, one behind the other, and those that are read from the memory of the program
 *   when it has just been started, which is the last part of the whole. See `src/memory.js`.
 */
async function planned(memory) {
  const { default: make } = await import(pathToFileURL(join(packages, "pyodide.asm.mjs")));
  let fresh = new Uint8Array();
  const createPyodideModule = async (settings) => {
    const module = await make(settings);
    fresh = module.HEAPU8.slice();
    return module;
  };
  await start({ _loadSnapshot: memory.slice(), stdLibURL: resolve(options.stdlib), createPyodideModule });
  const header = memory.length - fresh.length;
  const heap = memory.subarray(header);
  const constants = 1 << 22; // the memory begins with them
  const held = rangesOf(fresh.subarray(0, constants), heap, { page: 1 << 10, least: 1 << 12 });
  const empty = rangesOf(new Uint8Array(heap.length), heap, { page: 1 << 12, least: 1 << 16 });
  const inWhole = (ranges) => ranges.map(([from, to]) => [header + from, header + to]);
  return {
    length: memory.length,
    shipped: between(inWhole([...held, ...empty]), memory.length),
    held: inWhole(held),
  };
}

/** List where pages of a memory equal a model; stretches shorter than `least` are left out. */
function rangesOf(model, memory, { page, least }) {
  const found = [];
  for (let from = 0, at = 0; at <= model.length; at += page) {
    const same = Buffer.compare(model.subarray(at, at + page), memory.subarray(at, at + page)) === 0;
    if (at < model.length && same) continue;
    if (at - from >= least) found.push([from, at]);
    from = at + page;
  }
  return found;
}

/** List what lies between ranges. */
function between(ranges, length) {
  const found = [];
  let from = 0;
  for (const [begin, end] of [...ranges, [length, length]].sort(([one], [other]) => one - other)) {
    if (begin > from) found.push([from, begin]);
    from = Math.max(from, end);
  }
  return found;
}

const COMPILER = `
import io, re, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash

STAMP = (1980, 1, 1, 0, 0, 0)

def put(out, name, data, compressed=True):
    info = zipfile.ZipInfo(name, STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    out.writestr(info, data, compresslevel=9)

def byte_code(source, place):
    code = compile(source, place, "exec", dont_inherit=True)
    return bytes(_code_to_hash_pyc(code, source_hash(source), False))

def compiled(entries, root, keep_source):
    """Write entries (name, bytes) as a zip; each module becomes byte code beside or instead of its source."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in entries:
            if not name.endswith(".py"):
                put(out, name, data)
                continue
            try:
                code = byte_code(data, root + name)
            except SyntaxError:
                put(out, name, data)
                continue
            if re.search(keep_source, name):
                put(out, name, data)
                folder, _, file = name.rpartition("/")
                put(out, f"{folder}/__pycache__/".lstrip("/") + file[:-3] + ".cpython-314.pyc", code)
            else:
                put(out, name + "c", code)
    return buffer.getvalue()
`;

const steps = {
  async stdlib() {
    const pyodide = await start();
    pyodide.runPython(COMPILER);
    pyodide.FS.writeFile("/tmp/in.zip", readFileSync(join(packages, "python_stdlib.zip")));
    const bytes = pyodide.runPython(`
with zipfile.ZipFile("/tmp/in.zip") as old:
    entries = [(name, old.read(name)) for name in sorted(old.namelist()) if not name.endswith("/")]
compiled(entries, "/lib/python314.zip/", "^$")`);
    writeFileSync(options.out, bytes.toJs());
  },

  async bundle() {
    const pyodide = await start();
    pyodide.runPython(COMPILER);
    const bundle = pyodide.runPython(`
def bundle(places, root, keep, drop):
    entries = {}
    for place in places:
        with zipfile.ZipFile(place) as archive:
            for each in archive.namelist():
                if not each.endswith("/") and not re.search(drop, each):
                    name = re.sub(r"^[^/]+\\.data/(purelib|platlib)/", "", each)
                    entries[name] = archive.read(each)
    return compiled(sorted(entries.items()), root, keep)
bundle`);
    for (const { out, files, root, keep, drop } of options.jobs) {
      const places = files.map((place, at) => {
        const name = `/tmp/${at}.zip`;
        pyodide.FS.writeFile(name, readFileSync(place));
        return name;
      });
      const bytes = bundle(pyodide.toPy(places), root, keep, drop);
      writeFileSync(out, bytes.toJs());
      bytes.destroy();
    }
  },

  async snapshot() {
    if (!options.jspi) {
      delete WebAssembly.Suspending;
      delete WebAssembly.promising;
    } else if (!("Suspending" in WebAssembly)) {
      throw new Error("this node has no JSPI");
    }
    const pyodide = await start({
      _makeSnapshot: true,
      stdLibURL: resolve(options.stdlib),
    });
    const folder = "/tmp/tab";
    pyodide.FS.mkdirTree(folder);
    for (const path of filesUnder(options.python)) {
      const name = `${folder}/${relative(options.python, path)}`;
      pyodide.FS.mkdirTree(name.replace(/\/[^/]*$/, ""));
      pyodide.FS.writeFile(name, readFileSync(path));
    }
    pyodide.runPython(readFileSync(options.script, "utf8"));
    const memory = pyodide.makeMemorySnapshot();
    const plan = await planned(memory);
    const parts = plan.shipped.map(([from, to]) => memory.subarray(from, to));
    writeFileSync(options.out, gzipSync(Buffer.concat(parts), { level: 9 }));
    writeFileSync(options.plan, JSON.stringify(plan));
  },
};

try {
  await steps[step]();
  process.exit(0);
} catch (error) {
  // An uncaught error would be shown with the whole of Pyodide's minified source.
  console.error(String(error.message ?? error).slice(-3000));
  process.exit(1);
}
