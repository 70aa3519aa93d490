"""`course.py bench --live`: how soon a cell runs here, in stock JupyterLite and in PyScript.

Each is served from this machine, and asked for the same output by the same Chromium, turn by turn:

- ours: a chapter of the built book, its first cell
- JupyterLite: its REPL, the lightest of its applications, given the code by its address
- PyScript: a page with one `py-editor`

JupyterLite and PyScript come from PyPI and npm and are kept under `_build/bench`. Their Pyodide is
the npm package, with the wheels that its lock file names from PyPI. Where a registry cannot be
reached, ours is measured alone, and that is said.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bookext.live.build import CannotBuildError
from coursekit.browser import CHROMIUM_FLAGS, find_chromium
from coursekit.live import maker
from coursekit.messages import CourseError
from coursekit.places import BUILD, HTML
from coursekit.server import open_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

BENCH = BUILD / "bench"
TIMES = 10
JUPYTERLITE = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter-server")
PYSCRIPT = "@pyscript/core@0.7.31"
# What JupyterLite's kernel asks for at start, and all that these need.
_KERNEL_WANTS = ("micropip", "ipython", "jedi")
_CODE = "print('fir' + 'st')"
_CHAPTER = "chapters/advanced/descriptors.html"
_SERVICE_CHAPTER = "chapters/practice/routing-pydantic-di.html"
_FASTAPI = """\
from fastapi import FastAPI
from pydantic import BaseModel
import httpx2

class Todo(BaseModel):
    title: str

app = FastAPI()

@app.post("/todos")
async def add(todo: Todo) -> Todo:
    return todo

async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as client:
    print((await client.post("/todos", json={"title": "milk"})).json())
"""
# Runs a cell and tells how long the reader waited for it, in milliseconds.
_RUN = """([number, source]) => new Promise((end) => {
  const cell = document.querySelector(`.cell[data-cell="${number}"]`);
  if (source) liveCells.setSource(cell, source);
  const begun = performance.now();
  cell.addEventListener("live-cell", function hear({detail}) {
    if (detail.state === "failed") end(-1);
    if (detail.state === "done") end(performance.now() - begun);
    if (["done", "failed"].includes(detail.state)) cell.removeEventListener("live-cell", hear);
  });
  liveCells.run(cell);
})"""

_IS_SHOWN = """(place) => [...document.querySelectorAll(place)].some(
  (output) => output.innerText.trim() === "first")"""


@dataclass
class Contender:
    """A way to run a cell in a browser.

    Attributes:
        name: as the table calls it.
        path: its page.
        press: starts the cell, once the page can; `None` where the address does it.
        shown: a CSS selector of the place where the output comes.
        cold, warm: seconds from opening the page to the first output.
        weight: compressed megabytes asked for until then.
    """

    name: str
    path: str
    press: Callable[[Page], None] | None
    shown: str
    folder: Path = HTML
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    weight: float = 0.0


def run(*, say: Callable[[str], None], times: int = TIMES) -> None:
    """Run the benchmark, print the table, and hold it against the bounds.

    Raises:
        CourseError: there is no browser or no live book, or a bound is broken.
    """
    executable = find_chromium()
    if executable is None:
        raise CourseError("There is no Chromium on this machine to measure with.")
    if not (HTML / "_static/live/live.js").is_file():
        raise CourseError("There is no book with live cells yet: `python3 course.py book` first.")
    from playwright.sync_api import sync_playwright

    ours = Contender("ours", _CHAPTER, _press_ours, ".cell[data-cell='1'] .live-output")
    others = list(_others(say))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_FLAGS])
        for turn in range(times):
            say(f"turn {turn + 1} of {times} …")
            for contender in (ours, *others):
                _visit_twice(browser, contender)
        rows = _own_figures(browser, times)
        browser.close()
    _report(ours, others, rows, say)


def _report(
    ours: Contender,
    others: list[Contender],
    rows: list[tuple[str, float, float, str]],
    say: Callable[[str], None],
) -> None:
    say(f"{'':12} {'cold':>8} {'warm':>8} {'weight':>10}   medians of {len(ours.cold)}")
    for one in (ours, *others):
        cold, warm = statistics.median(one.cold), statistics.median(one.warm)
        say(f"{one.name:12} {cold:6.2f} s {warm:6.2f} s {one.weight:7.1f} MB")
    cold = statistics.median(ours.cold)
    bounds = [
        (f"cold ÷ {one.name}", cold / statistics.median(one.cold), share, "")
        for one, share in zip(others, (1 / 10, 1 / 3), strict=False)
    ]
    bounds += [("warm", statistics.median(ours.warm), 0.8, "s"),
               ("to first output", ours.weight, 10.0, "MB"), *rows]  # fmt: skip
    for name, value, bound, unit in bounds:
        verdict = "" if value <= bound else "  OVER"
        say(f"{name:34} {value:8.2f} {unit:3} at most {bound:.2f}{verdict}")
    over = [name for name, value, bound, _ in bounds if value > bound]
    if over:
        raise CourseError(f"Too slow on this machine: {', '.join(over)}.")


# ---------------------------------------------------------------- measuring


def _press_ours(page: Page) -> None:
    page.wait_for_selector("html[data-live=ready]")
    page.evaluate(
        """(source) => {
        const cell = document.querySelector(".cell[data-cell='1']");
        liveCells.setSource(cell, source);
        liveCells.run(cell);
    }""",
        _CODE,
    )


def _press_pyscript(page: Page) -> None:
    page.locator(".py-editor-run-button").dispatch_event("click")  # shown on hover only


def _visit_twice(browser: Browser, contender: Contender) -> None:
    with _served(contender.folder) as address, _context(browser) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        contender.cold.append(_first_output(page, address, contender))
        contender.weight = _megabytes(asked, address, contender.folder)
        page.wait_for_timeout(1500)  # what it keeps for later may be on its way
        page.close()
        contender.warm.append(_first_output(context.new_page(), address, contender))


def _first_output(page: Page, address: str, contender: Contender) -> float:
    page.set_default_timeout(240_000)
    begun = time.perf_counter()
    page.goto(f"{address}/{contender.path}", wait_until="commit")
    if contender.press:
        contender.press(page)
    page.wait_for_function(_IS_SHOWN, arg=contender.shown)
    return time.perf_counter() - begun


def _megabytes(asked: list[str], address: str, folder: Path) -> float:
    total = 0
    for url in {url.split("?")[0].split("#")[0] for url in asked if url.startswith(address)}:
        path = folder / url.removeprefix(address).lstrip("/")
        if path.is_dir():
            path /= "index.html"
        if path.is_file():
            total += len(gzip.compress(path.read_bytes(), 6))
    return total / 1e6


def _own_figures(browser: Browser, times: int) -> list[tuple[str, float, float, str]]:
    """Measure what only our pages have: starting on hover, later cells, the first with FastAPI."""
    hovered: list[float] = []
    later: list[float] = []
    service: list[float] = []
    with _served(HTML) as address:
        for _ in range(times):
            with _context(browser) as context:
                page = _started(context, f"{address}/{_CHAPTER}")
                hovered.append(page.evaluate(_RUN, [1, _CODE]))
                later += [page.evaluate(_RUN, [1, ""]) for _ in range(5)]
            with _context(browser) as context:
                page = _started(context, f"{address}/{_SERVICE_CHAPTER}")
                service.append(page.evaluate(_RUN, [1, _FASTAPI]) / 1000)
    return [
        ("first cell after pointing at it", statistics.median(hovered), 100.0, "ms"),
        ("a later simple cell", statistics.median(later), 20.0, "ms"),
        ("the first cell with FastAPI", statistics.median(service), 2.0, "s"),
    ]


def _started(context: BrowserContext, address: str) -> Page:
    """Open a page, point at its first cell, and wait for Python."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    page.wait_for_selector("html[data-live=ready]")
    page.locator(".cell[data-cell='1']").hover()
    page.wait_for_selector("html[data-python=ready]")
    page.wait_for_timeout(500)
    return page


@contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    try:
        yield context
    finally:
        context.close()


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = open_server(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ---------------------------------------------------------------- the others


def _others(say: Callable[[str], None]) -> Iterator[Contender]:
    """Fetch and build what there is to compare with; say what cannot be had."""
    try:
        pyodide = maker().package("pyodide")
        code = "print('fir'%2B'st')"
        lite = _jupyterlite(pyodide, say)
        yield Contender("JupyterLite", f"repl/index.html?kernel=python&code={code}", None,
                        ".jp-OutputArea-output", lite)  # fmt: skip
        folder = _pyscript(pyodide, say)
        yield Contender("PyScript", "index.html", _press_pyscript, ".py-editor-output", folder)
    except (CannotBuildError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", None) or str(error)
        say(f"no comparison, as a registry cannot be reached: {words[-300:]}")


def _jupyterlite(pyodide: Path, say: Callable[[str], None]) -> Path:
    folder, out = BENCH / "jupyterlite", BENCH / "jupyterlite/out"
    if (out / "repl/index.html").is_file():
        return out
    say(f"building {JUPYTERLITE[0]} …")
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "source"
    (source / "pypi").mkdir(parents=True)
    _whole_pyodide(pyodide, source / "static/pyodide")
    _pip("download", "--no-deps", "--dest", str(source / "pypi"), "comm")
    environment = folder / "environment"
    _run([sys.executable, "-m", "venv", str(environment)])
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    _run([str(python), "-m", "pip", "install", "--quiet", *JUPYTERLITE])
    program = str(python.with_name("jupyter-lite"))
    _run([program, "build", "--lite-dir", str(source), "--output-dir", str(out)], folder)
    return out


def _whole_pyodide(package: Path, target: Path) -> None:
    """Complete the npm package with the wheels that JupyterLite's kernel asks for."""
    shutil.copytree(package, target)
    lock = json.loads((target / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages: dict[str, Any] = lock["packages"]
    wanted = [*_KERNEL_WANTS]
    for name in wanted:
        entry = packages[name]
        needs = (each.replace("_", "-") for each in entry["depends"])
        wanted += [each for each in needs if each not in wanted]
        _pip("download", "--no-deps", "--only-binary=:all:", "--dest", str(target),
             f"{entry['name']}=={entry['version']}")  # fmt: skip
        wheel = target / entry["file_name"]
        entry["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def _pyscript(pyodide: Path, say: Callable[[str], None]) -> Path:
    folder = BENCH / "pyscript"
    if (folder / "index.html").is_file():
        return folder
    say(f"fetching {PYSCRIPT} …")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "npm").mkdir(parents=True)
    (folder / "npm/package.json").write_text('{"private": true}')
    maker().npm("install", PYSCRIPT, folder=folder / "npm")
    shutil.copytree(folder / "npm/node_modules/@pyscript/core/dist", folder / "pyscript")
    shutil.copytree(pyodide, folder / "pyodide")
    config = json.dumps({"interpreter": "/pyodide/pyodide.mjs"})
    (folder / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>One cell</title>\n'
        '<link rel="stylesheet" href="pyscript/core.css">\n'
        '<script type="module" src="pyscript/core.js"></script>\n'
        f"<body><script type=\"py-editor\" config='{config}'>{_CODE}</script>\n",
        encoding="utf-8",
    )
    return folder


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def _run(command: list[str], folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
