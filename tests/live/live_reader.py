"""A small book's pages, a server for them, and a reader who uses them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from urllib.parse import urlsplit

from coursekit.server import open_server

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
}


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
    server = open_server(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(folder, f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Reader:
    """Someone at a page: what a test may do there, in the reader's own words."""

    def __init__(self, context, page, address):
        self.context, self.page, self.address = context, page, address
        self.asked, self.said = [], []
        context.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on(
            "console",
            lambda message: message.type in {"error", "warning"} and self.said.append(message.text),
        )

    def foreign(self):
        """Return what was asked of another host than the book's."""
        own = urlsplit(self.address).netloc  # which a browser asks for /favicon.ico, too
        return [url for url in self.asked if urlsplit(url).netloc not in {"", own}]

    def open(self, path):
        self.page.goto(f"{self.address}/{path}")
        self.ready()

    def ready(self):
        self.page.wait_for_selector("html[data-live=ready]")

    def open_isolated(self, path):
        """Visit twice, as the service worker isolates from the second load on."""
        self.open(path)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.reload()
        self.ready()
        assert self.page.evaluate("crossOriginIsolated")

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
