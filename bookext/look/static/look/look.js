// The shell of a page: colours, drawers, the contents that follow, copy buttons. No dependencies.
"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Colours: the system's, or the reader's choice.
  const names = { auto: "as the system", light: "light", dark: "dark" };
  function paint() {
    const mode = root.dataset.mode;
    const theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
    byId("mode-name").textContent = names[mode];
    byId("cycle-mode").title = `Colours: ${names[mode]}`;
  }
  byId("cycle-mode").addEventListener("click", () => {
    const order = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    root.dataset.mode = order[(order.indexOf(root.dataset.mode) + 1) % 3];
    try {
      localStorage.setItem("mode", root.dataset.mode);
    } catch {
      // Storage may be closed to the page; the choice then lasts until the page is left.
    }
    paint();
  });
  dark.addEventListener("change", paint);
  paint();

  // Drawers: on a narrow screen a list of contents opens as a modal dialog, and goes back after.
  const drawer = byId("drawer");
  for (const name of ["book-nav", "page-nav"]) {
    const [nav, button] = [byId(name), byId(`open-${name}`)];
    if (!nav || !button) continue;
    const home = document.createComment(name);
    button.addEventListener("click", () => {
      nav.replaceWith(home);
      drawer.append(nav);
      drawer.showModal();
      drawer.addEventListener("close", () => home.replaceWith(nav), { once: true });
    });
  }
  byId("close-drawer").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer || event.target.closest("a")) drawer.close();
  });

  // "/" goes to the search field, unless the reader is typing.
  const search = byId("search-input");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], .cm-editor");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
  const query = new URLSearchParams(location.search).get("q");
  if (query) search.value = query;

  // The book's contents start where this page is; the page's contents follow the reading.
  const here = document.querySelector(".book-nav .current > a[aria-current]");
  const frame = byId("book-nav");
  if (here && here.offsetTop > frame.clientHeight * 0.7) frame.scrollTop = here.offsetTop - 120;
  const links = new Map();
  for (const link of document.querySelectorAll(".page-nav a[href^='#']")) {
    const section = byId(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  }
  if (links.size) {
    const shown = new Set();
    const watch = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          shown[isIntersecting ? "add" : "delete"](target);
        }
        // Sections nest: the last one shown, in the order of the text, is the innermost.
        const now = [...links.keys()].filter((section) => shown.has(section)).pop();
        for (const [section, link] of links) {
          if (section === now) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      },
      { rootMargin: "-15% 0px -75% 0px" },
    );
    for (const section of links.keys()) watch.observe(section);
  }

  // What scrolls sideways can be reached by the keyboard (the page marks all that may, here the
  // mark goes where the box fits), and code that is no output can be copied. Both ask for the
  // layout of a box, so they wait until the box comes near.
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        target.toggleAttribute("data-near", isIntersecting);
        if (isIntersecting) settle(target);
      }
    },
    { rootMargin: "60% 0px" },
  );
  function settle(box) {
    const edited = box.matches("pre[role]"); // a live cell's code: Enter begins to edit it
    if (edited || box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    copyable(box);
  }
  function copyable(pre) {
    const code = pre.parentElement;
    if (!navigator.clipboard || !code.matches(".highlight") || code.querySelector(".copy")) return;
    if (code.closest(".cell_output, dialog, [data-no-copy]")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy noprint";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.innerText);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    code.append(button);
  }
  const boxes =
    ".highlight > pre, .st-picture, .pst-scrollable-table-container, .output.text_html";
  for (const box of document.querySelectorAll(boxes)) near.observe(box);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (width === innerWidth) return;
    width = innerWidth;
    document.querySelectorAll("[data-near]").forEach(settle);
  });
})();
