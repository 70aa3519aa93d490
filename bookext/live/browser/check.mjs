// Runs cells with the reader's own Python, without a browser: `node check.mjs DIST < jobs.json`.
// Reads [{name, cwd, cells: [source or {source, input, exercise} or {call}, …]}, …]; writes one JSON line a job with what the cells showed.
// A job with `each` gets a line when Python is up and one after each cell instead, for who stops waiting for a cell that never ends.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = resolve(process.argv[2]);
const { start } = await import(pathToFileURL(join(dist, "runtime.mjs")));
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
const shipped = (name) => import(pathToFileURL(join(dist, manifest.base, name)));
const { loadPyodide } = await shipped("pyodide.mjs");
const jobs = JSON.parse(readFileSync(0, "utf8"));
const pause = new Int32Array(new SharedArrayBuffer(4));

const plain = (value) =>
  Array.isArray(value) ? Object.fromEntries(value) : value?.toJs ? plain(value.toJs()) : value;
const tell = (value) =>
  new Promise((written) => process.stdout.write(`${JSON.stringify(value)}\n`, written));

async function perform(job) {
  let outputs = [];
  let answers = [];
  const file = (name) => join(dist, manifest.files[name] ?? name);
  const host = {
    base: join(dist, manifest.base) + "/",
    emptyZip: join(dist, "empty.zip"),
    loadPyodide,
    program: () => shipped("pyodide.asm.mjs"),
    read: async (name) => new Uint8Array(readFileSync(file(name))),
    open: async (name) => new Blob([readFileSync(file(name))]).stream(),
    readNow: (name) => new Uint8Array(readFileSync(file(name))),
    post: (kind, cell, a, b) => outputs.push([kind, plain(a), plain(b)]),
    wait: (seconds) => void Atomics.wait(pause, 0, 0, seconds * 1000),
    ask: (prompt) => answers.shift() ?? "",
  };
  const began = performance.now();
  const groups = job.groups ?? [];
  const page = { ...manifest, always: [...(manifest.always ?? []), ...groups], cwd: job.cwd };
  const runtime = await start(host, page);
  const started = performance.now() - began;
  if (job.each) await tell({ started });
  const cells = [];
  for (const cell of job.cells) {
    const given = typeof cell === "string" ? { source: cell } : cell;
    const { source, call, input = [], exercise = "" } = given;
    outputs = [];
    answers = [...input];
    const before = performance.now();
    let state;
    try {
      if (call) outputs.push(["value", await runtime.call(call)]);
      state = call ? "done" : await runtime.run(source, String(cells.length), exercise);
    } catch (error) {
      outputs.push(["fatal", String(error.message ?? error).slice(-2000)]);
      state = "fatal";
    }
    cells.push({ state, outputs, ms: performance.now() - before });
    if (job.each) await tell(cells.at(-1));
    if (state === "fatal") break;
  }
  if (!job.each) await tell({ name: job.name, started, jspi: runtime.jspi, cells });
}

try {
  for (const job of jobs) await perform(job);
  process.exit(0);
} catch (error) {
  console.error(String(error.stack ?? error).slice(-2000));
  process.exit(1);
}
