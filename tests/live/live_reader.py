"""A small book's pages, a server for them, and a reader who uses them and those of the real book."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from urllib.parse import urlsplit

import pytest

from coursekit import server
from coursekit.live import attempts, compare
from coursekit.places import chapter_files

CONF = """\
import coursekit
extensions = ["myst_nb", "bookext.live"]
nb_execution_mode = "off"
project = "Small"
html_theme = "alabaster"
copyright = "2026"
"""
FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""


def cell(source, **options):
    """Write one code cell of a chapter."""
    lines = [f":{key}: {value}" for key, value in options.items()]
    return "\n".join(["```{code-cell} ipython3", *lines, source, "```", ""])


PAGES = {
    "cells": [
        cell("price = 3\nprint('first')"),
        cell("print('second', price)\nprice * 2"),
        cell("price +", tags="[raises-exception]"),
        cell("prices = {'apple': price}\nprices['pear']"),
        cell("import subprocess", tags="[no-browser]", reason="starts a process"),
        cell("print('last', price)"),
    ],
    "endless": [
        cell("kept = 41"),
        cell("while True:\n    pass"),
        cell("print('still here', kept + 1)"),
        cell("name = input('Who? ')\nprint('Hello', name)"),
        cell("import time\nprint('begin')\ntime.sleep(60)"),
        cell("sum(iter(int, 1))"),
    ],
    "judged": [
        cell("# Exercise: one\nanswer = 42", tags="[exercise:one]"),
        cell("print('Solved.' if answer == 42 else 'Not yet.')", tags="[check:one]"),
    ],
}

CHAPTERS = [path for path in chapter_files() if path.with_suffix("").is_dir()]
# By module: all that is asked of a chapter comes in a row, and its page is opened once.
each_chapter = pytest.mark.parametrize(
    "chapter", CHAPTERS, ids=lambda path: path.stem, scope="module"
)


# Scripts that read and use a page.
COLLECT = """[...document.querySelectorAll(".cell[data-cell]:not([data-cell-state=recorded])")].map(
  (cell) => ({state: cell.dataset.cellState, outputs: liveCells.outputs(cell)}))"""
IDLE = """document.documentElement.dataset.python === "ready" &&
  !document.querySelector("[data-cell-state=waiting], [data-cell-state=running]")"""
ATTEMPT = """async ([name, source]) => {
  const at = (role) => document.querySelector(`.cell[data-exercise="${name}"][data-role="${role}"]`);
  liveCells.setSource(at("starter"), source);
  const check = at("check");
  const ended = new Promise((end) => {
    check.addEventListener("live-cell", function hear({detail}) {
      if (!["done", "failed"].includes(detail.state)) return;
      check.removeEventListener("live-cell", hear);
      end(detail.outputs.map((each) => each["text/plain"] ?? each.text ?? each.evalue).join(" "));
    });
    setTimeout(() => end("The check did not answer."), 60_000);
  });
  liveCells.run(check);
  return ended;
}"""
RUN = """async (source) => {
  const cell = document.querySelector(".cell[data-cell]:not([data-cell-state=recorded])");
  const ended = new Promise((end) => {
    cell.addEventListener("live-cell", function hear({detail}) {
      if (!["done", "failed"].includes(detail.state)) return;
      cell.removeEventListener("live-cell", hear);
      end(detail.outputs.map((each) => each.text ?? each.ename ?? each["text/plain"]).join(" "));
    });
  });
  liveCells.setSource(cell, source);
  liveCells.run(cell);
  return ended;
}"""
RESET = """document.querySelectorAll("[data-role=starter]:not([data-cell-state=recorded])")
  .forEach((starter) => liveCells.reset(starter))"""


def as_messages(outputs):
    """Turn what the page keeps of outputs into the kernel's messages."""
    messages = []
    for output in outputs:
        kind = output.pop("kind")
        if kind == "stream":
            messages.append([kind, output["name"], output["text"]])
        else:
            messages.append([kind, output, None])
    return messages


@dataclass(frozen=True)
class Served:
    """A folder, and the address at which it can be read."""

    folder: Path
    address: str


@contextmanager
def serving(folder):
    with server.serving(folder) as address:
        yield Served(folder, address)


class Visitor:
    """Someone at a page, in any browser: what the tests of every chapter ask of them.

    Attributes:
        page: evaluates JavaScript and waits for it, as Playwright's page does.
        address: of the book.
        asked: the addresses that the page asked for.
        said: what it told the console that is no mere note.
    """

    def __init__(self, page, address):
        self.page, self.address = page, address

    def foreign(self):
        """Return what was asked of another host than the book's."""
        own = urlsplit(self.address).netloc  # which a browser asks for /favicon.ico, too
        return [url for url in self.asked if urlsplit(url).netloc not in {"", own}]

    def open_isolated(self, path):
        """Visit, and once more where no earlier visit brought the service worker that isolates."""
        self.open(path)
        if not self.page.evaluate("crossOriginIsolated"):
            self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            self.open(path)
        assert self.page.evaluate("crossOriginIsolated")

    def run_all(self):
        """Run every cell that can run here, and return how each went."""
        self.press("Run all")
        self.page.wait_for_function(IDLE)
        return self.page.evaluate(COLLECT)

    def differences(self, chapter):
        """Run a chapter's cells; say what differs from the references, by the cells' lines."""
        given = [
            {"state": each["state"], "outputs": as_messages(each["outputs"])}
            for each in self.run_all()
        ]
        cells = compare(chapter, given)
        runnable = sum(cell.state != "recorded" for cell in cells)
        if len(given) != runnable:
            return {"page": f"it runs {len(given)} cells, the chapter's source {runnable}"}
        return {
            cell.line: cell.difference or cell.state
            for cell in cells
            if cell.difference or cell.state not in {"done", "recorded"}
        }

    def endings(self, sources):
        """Run texts in the page's first cell, one after the other; return what each one showed."""
        shown = [self.page.evaluate(RUN, source) for source in sources]
        self.page.evaluate("liveCells.reset(document.querySelector('.cell[data-cell]'))")
        return shown

    def wrong_answers(self, chapter):
        """Try a chapter's exercises in each way whose answer is known; say which was another."""
        tries = attempts(chapter)
        answers = [self.page.evaluate(ATTEMPT, [each.exercise, each.source]) for each in tries]
        self.page.evaluate(RESET)
        wrong = [each.problem(answer) for each, answer in zip(tries, answers, strict=True)]
        return [*filter(None, wrong)]


def path_of(chapter):
    """Return the path of a chapter's page in the book."""
    return f"chapters/{chapter.parent.name}/{chapter.stem}.html"


def opener(reader, folder):
    """Return what opens a chapter for a reader, unless it is where they are."""

    def open_chapter(chapter):
        path = path_of(chapter)
        if not (folder / path).is_file():
            pytest.skip(f"{chapter.stem} is not in the built book")
        if not reader.page.evaluate("location.pathname").endswith(path):
            reader.asked.clear()
            reader.said.clear()
            reader.open_isolated(path)
        return reader

    return open_chapter


class Reader(Visitor):
    """Someone at a page in Chromium: what a test may do there, in the reader's own words."""

    def __init__(self, context, page, address):
        super().__init__(page, address)
        self.context = context
        self.asked, self.said = [], []
        context.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on(
            "console",
            lambda message: message.type in {"error", "warning"} and self.said.append(message.text),
        )

    def open(self, path):
        self.page.goto(f"{self.address}/{path}")
        self.ready()

    def ready(self):
        self.page.wait_for_selector("html[data-live=ready]")

    def cell(self, number):
        return self.page.locator(f".cell[data-cell='{number}']")

    def button(self, number, name):
        return self.cell(number).get_by_role("button", name=name, exact=True)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def state(self, number):
        return self.cell(number).get_attribute("data-cell-state")

    def wait(self, number, *states, timeout=60_000):
        chosen = ",".join(
            f".cell[data-cell='{number}'][data-cell-state={state}]" for state in states
        )
        self.page.wait_for_selector(chosen, timeout=timeout)

    def run(self, number):
        self.button(number, "Run cell").click()
        self.wait(number, "done", "failed")
        return self.state(number)

    def output(self, number):
        return self.cell(number).locator(".live-output").inner_text()

    def type(self, number, text):
        """Replace a cell's code by keyboard."""
        editor = self.cell(number).locator(".cm-content")
        if not editor.count():
            self.cell(number).locator(".cell_input pre").click()
            editor.wait_for()
        editor.focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)
