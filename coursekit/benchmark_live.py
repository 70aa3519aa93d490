"""`course.py bench --live`: how soon a cell runs here, in stock JupyterLite and in PyScript.

The same six cells in each (`contenders`), served from this machine by the same program, asked for
the output of the first cell by the same Chromium, turn by turn. A script in the page presses Run
as soon as that has an effect, and reads the clock, which begins when the page is asked for, when
the output stands there. Where a registry cannot be reached, ours is measured alone, in words.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bookext.live.build import CannotBuildError
from coursekit import contenders
from coursekit.browser import CHROMIUM_FLAGS, find_chromium
from coursekit.messages import CourseError
from coursekit.places import HTML
from coursekit.server import serving_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from coursekit.contenders import Contender

TIMES = 10
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
# Presses Run, and keeps the milliseconds from asking for the page to the first output.
_WATCH = """
const press = () => { %s };
let pressed = false;
const look = () => {
  pressed ||= press();
  const outputs = [...document.querySelectorAll(%s)];
  const shown = outputs.some((each) => each.textContent.trim() === "first");
  if (shown) window.firstOutput = performance.now();
  else setTimeout(look, 5);
};
if (window === window.top) look();
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


@dataclass
class Figures:
    """What was measured of a contender.

    Attributes:
        cold: seconds to the first output for a browser that was never there, one a turn.
        warm: the same for the second visit.
        weight: compressed megabytes that the first visit asked for until then.
    """

    contender: Contender
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    weight: float = 0.0


@dataclass(frozen=True)
class Bound:
    """A figure and what it may be at most."""

    name: str
    value: float
    most: float
    unit: str = ""


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

    ours = Figures(contenders.page_of_this_book(say))
    chapter = Figures(contenders.ours(HTML, _CHAPTER, "a chapter"))
    others = [Figures(each) for each in _others(say)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_FLAGS])
        for turn in range(times):
            say(f"turn {turn + 1} of {times} …")
            for each in (ours, chapter, *others):
                _visit_twice(browser, each)
        own = _own_bounds(browser, ours.contender, times)
        browser.close()
    _print_table([ours, *others, chapter], say)
    _hold([*_bounds(ours, others), *own], say)


def _others(say: Callable[[str], None]) -> Iterator[Contender]:
    try:
        yield contenders.jupyterlite(say)
        yield contenders.pyscript(say)
    except (CannotBuildError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", None) or str(error)
        say(f"no comparison, as a registry cannot be reached: {words[-300:]}")


def _print_table(rows: list[Figures], say: Callable[[str], None]) -> None:
    say(f"{'':12} {'cold':>8} {'warm':>8} {'weight':>10}   medians of {len(rows[0].cold)}")
    for row in rows:
        cold, warm = statistics.median(row.cold), statistics.median(row.warm)
        say(f"{row.contender.name:12} {cold:6.2f} s {warm:6.2f} s {row.weight:7.1f} MB")


def _bounds(ours: Figures, others: list[Figures]) -> list[Bound]:
    cold = statistics.median(ours.cold)
    shares = {"JupyterLite": 1 / 10, "PyScript": 1 / 3}
    return [
        *(
            Bound(f"cold ÷ {name}", cold / statistics.median(each.cold), shares[name])
            for each in others
            for name in [each.contender.name]
        ),
        Bound("warm", statistics.median(ours.warm), 0.8, "s"),
        Bound("to first output", ours.weight, 10.0, "MB"),
    ]


def _hold(bounds: list[Bound], say: Callable[[str], None]) -> None:
    for each in bounds:
        verdict = "" if each.value <= each.most else "  OVER"
        say(f"{each.name:34} {each.value:8.2f} {each.unit:3} at most {each.most:.2f}{verdict}")
    over = [each.name for each in bounds if each.value > each.most]
    if over:
        raise CourseError(f"Too slow on this machine: {', '.join(over)}.")


def _visit_twice(browser: Browser, figures: Figures) -> None:
    contender = figures.contender
    with serving_apart(contender.folder) as address, _context(browser) as context:
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        context.add_init_script(_WATCH % (contender.press, json.dumps(contender.shown)))
        page = context.new_page()
        figures.cold.append(_first_output(page, f"{address}/{contender.path}"))
        figures.weight = _megabytes(asked, address, contender.folder)
        page.wait_for_timeout(1500)  # what it keeps for later may be on its way
        page.close()
        figures.warm.append(_first_output(context.new_page(), f"{address}/{contender.path}"))


def _first_output(page: Page, address: str) -> float:
    page.set_default_timeout(60_000)
    page.goto(address, wait_until="commit")
    return page.wait_for_function("window.firstOutput").json_value() / 1000


def _megabytes(asked: list[str], address: str, folder: Path) -> float:
    total = 0
    for place in {urlsplit(url).path for url in asked if url.startswith(address)}:
        path = folder / place.lstrip("/")
        if path.is_dir():
            path /= "index.html"
        if path.is_file():
            total += len(gzip.compress(path.read_bytes(), 6))
    return total / 1e6


def _own_bounds(browser: Browser, six: Contender, times: int) -> list[Bound]:
    """Measure what only our pages have: starting on hover, later cells, the first with FastAPI."""
    hovered: list[float] = []
    later: list[float] = []
    service: list[float] = []
    with serving_apart(six.folder) as small, serving_apart(HTML) as book:
        for _ in range(times):
            with _context(browser) as context:
                page = _started(context, f"{small}/{six.path}")
                hovered.append(page.evaluate(_RUN, [1, ""]))
                later += [page.evaluate(_RUN, [1, ""]) for _ in range(5)]
            with _context(browser) as context:
                page = _started(context, f"{book}/{_SERVICE_CHAPTER}")
                service.append(page.evaluate(_RUN, [1, _FASTAPI]) / 1000)
    if min(*hovered, *later, *service) < 0:
        raise CourseError("A cell failed while it was measured: `python3 course.py test` says why.")
    return [
        Bound("first cell after pointing at it", statistics.median(hovered), 100.0, "ms"),
        Bound("a later simple cell", statistics.median(later), 20.0, "ms"),
        Bound("the first cell with FastAPI", statistics.median(service), 2.0, "s"),
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
