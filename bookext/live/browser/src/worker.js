// The page's Python: a module worker that runs one cell after the other.
//
// From the page: start, run, call, warm. To the page: ready, began, output, ended,
// ask, fatal. Shared memory, where the browser gives it, carries Stop and the answer to input()
// while Python is busy; where it does not, the page ends this worker and starts another.
import { loadPyodide } from "pyodide/pyodide.mjs"; // with this script, as it asks for the rest
import { start } from "./runtime.js";

const ANSWER_WAITING = 1;
let folder;
let manifest;
let runtime;
let shared;
const fetched = new Map(); // promises of files
const here = new Map(); // those that have come
const pause = globalThis.crossOriginIsolated && globalThis.SharedArrayBuffer
  ? new Int32Array(new SharedArrayBuffer(4))
  : null;

const address = (name) => new URL(manifest.files[name] ?? name, folder).href;

async function ask(name) {
  const response = await fetch(address(name));
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  return response;
}

function read(name) {
  if (!fetched.has(name)) {
    const bytes = ask(name).then((response) => response.arrayBuffer());
    bytes.then((buffer) => here.set(name, buffer), () => {});
    bytes.catch(() => fetched.delete(name));
    fetched.set(name, bytes);
  }
  return fetched.get(name).then((buffer) => new Uint8Array(buffer));
}

function readNow(name) {
  if (here.has(name)) return new Uint8Array(here.get(name));
  const request = new XMLHttpRequest();
  request.open("GET", address(name), false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} for ${address(name)}`);
  return new Uint8Array(request.response);
}

const plain = (value) => (value?.toJs ? value.toJs({ create_pyproxies: false }) : value);

function post(kind, cell, a, b) {
  postMessage({ type: "output", cell, kind, a: plain(a), b: plain(b) });
}

/** Block until the page has written an answer into shared memory. */
function askBlocking(prompt, secret) {
  const state = shared.answer;
  Atomics.store(state, 0, ANSWER_WAITING);
  postMessage({ type: "ask", prompt, secret });
  while (Atomics.load(state, 0) === ANSWER_WAITING) {
    Atomics.wait(state, 0, ANSWER_WAITING, 100);
    runtime.pyodide.checkInterrupt();
  }
  const bytes = new Uint8Array(state.buffer, 8, Atomics.load(state, 1)).slice();
  return new TextDecoder().decode(bytes);
}

async function begin(message) {
  const began = performance.now();
  folder = message.folder;
  manifest = { ...message.manifest, ...message.page };
  if (message.shared) {
    shared = {
      interrupts: new Uint8Array(message.shared.interrupts),
      answer: new Int32Array(message.shared.answer),
    };
  }
  runtime = await start(
    {
      base: new URL(`${manifest.base}/`, folder).href,
      loadPyodide,
      program: () => import(new URL(`${manifest.base}/pyodide.asm.mjs`, folder).href),
      read,
      open: async (name) => (await ask(name)).body,
      readNow,
      post,
      interrupts: shared?.interrupts,
      wait: shared ? (seconds) => void Atomics.wait(pause, 0, 0, seconds * 1000) : null,
      ask: shared ? askBlocking : null,
    },
    manifest,
  );
  postMessage({ type: "ready", ms: performance.now() - began });
}

let turn;

async function run({ cell, source, exercise }) {
  await turn;
  postMessage({ type: "began", cell });
  const before = performance.now();
  try {
    const state = await runtime.run(source, cell, exercise);
    postMessage({ type: "ended", cell, state, ms: performance.now() - before });
  } catch (error) {
    postMessage({ type: "fatal", cell, message: String(error?.message ?? error).slice(-600) });
  }
}

/** Call a function for the page. What it raises ends the call and nothing else. */
async function call(work) {
  await turn;
  const before = performance.now();
  const ended = { type: "ended", state: "done" };
  try {
    ended.value = await runtime.call(work);
  } catch (error) {
    ended.state = "failed";
    const said = String(error?.message ?? error).trim().split("\n").at(-1);
    ended.value = error?.type === "KeyboardInterrupt" ? "It was stopped." : said || String(error);
  }
  postMessage({ ...ended, ms: performance.now() - before });
}

/** Fetch and unpack what cells will need, in pieces: a cell that comes meanwhile waits for one. */
async function warm(names) {
  for (const name of names) read(name).catch(() => {});
  for (const name of names) {
    // What does not come is asked for again by the import that needs it.
    const ignore = () => {};
    await read(name).then(() => new Promise((resume) => setTimeout(resume)), ignore);
    if (!here.has(name)) continue;
    turn = turn.then(() => runtime.addAhead(name)).catch(ignore);
    await turn;
  }
}

onmessage = ({ data }) => {
  switch (data.type) {
    case "start":
      turn = begin(data).catch((error) =>
        postMessage({ type: "fatal", message: String(error?.message ?? error).slice(-600) }),
      );
      break;
    case "run":
      turn = run(data);
      break;
    case "call":
      turn = call(data.work);
      break;
    case "warm":
      turn.then(() => warm(data.names));
      break;
  }
};
