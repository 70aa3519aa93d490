// Keeps visited pages and what their cells need, so that they work offline, and isolates pages from
// other origins: then the browser shares memory, and Stop and input() need no restart.
//
// Only documents and workers get the isolation headers; everything else passes as it came.

const STORE = "course-1";
const QUIET = 3000; // ms after which a cell's Python has most likely started
const NAMED_BY_CONTENT = /\/_static\/live\/(py-[^/]+\/|[^/]+-[a-z2-7]{12}\.|part-)/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function isolated(response) {
  if (!response.ok || response.type === "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

async function keep(request, response) {
  if (!response.ok || response.redirected || response.status === 206) return;
  const store = await caches.open(STORE);
  await store.put(request, response);
}

async function fromStore(request) {
  const store = await caches.open(STORE);
  return store.match(request, { ignoreSearch: true, ignoreVary: true });
}

/** Keep what is at an address, unless it is kept; the browser's own cache has it still. */
async function keepFrom(address) {
  const store = await caches.open(STORE);
  if (await store.match(address, { ignoreSearch: true })) return;
  try {
    await keep(address, await fetch(address));
  } catch {
    // Offline already; the next visit will ask again.
  }
}

/** Python's files are large, and Python waits for them: they pass as they come, and are kept later. */
async function contentFirst(event) {
  const kept = await fromStore(event.request);
  if (kept) return kept;
  const later = new Promise((resume) => setTimeout(resume, QUIET));
  event.waitUntil(later.then(() => keepFrom(event.request.url)));
  return fetch(event.request);
}

async function networkFirst(event) {
  try {
    const response = await fetch(event.request);
    event.waitUntil(keep(event.request, response.clone()));
    return response;
  } catch (error) {
    const kept = await fromStore(event.request);
    if (kept) return kept;
    if (event.request.mode !== "navigate") throw error;
    return new Response(
      "<!doctype html><meta charset=utf-8><title>Offline</title><p>You are offline, and this page has not been visited yet.",
      { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } },
    );
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.headers.has("range")) return;
  const isolate = request.mode === "navigate" || request.destination === "worker";
  const answer = NAMED_BY_CONTENT.test(request.url) ? contentFirst(event) : networkFirst(event);
  event.respondWith(isolate ? answer.then(isolated) : answer);
});

/** The page tells what it needs; what older editions of the book needed goes. */
self.addEventListener("message", (event) => {
  const { type, addresses, current } = event.data ?? {};
  if (type !== "keep") return;
  event.waitUntil(
    (async () => {
      for (const address of addresses) await keepFrom(address);
      const store = await caches.open(STORE);
      const wanted = new Set(current);
      for (const request of await store.keys()) {
        const replaced = NAMED_BY_CONTENT.test(request.url) && !/\/part-/.test(request.url);
        if (replaced && !wanted.has(request.url)) {
          await store.delete(request);
        }
      }
      event.source?.postMessage({ type: "kept" });
    })(),
  );
});
