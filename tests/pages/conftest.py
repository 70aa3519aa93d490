"""The built book, served as a host would serve it, and a real browser to read it with.

`COURSE_HTML` names the built book; without it `_build/html` is read.
"""

from __future__ import annotations

import gzip
import http.server
import os
import shutil
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt", ".md"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve a folder, text compressed, without a line for each request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepted and path.is_file() and path.suffix in COMPRESSED):
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@dataclass(frozen=True)
class Book:
    """The built book: its folder, its address, the paths of its pages."""

    folder: Path
    address: str
    pages: list[str]

    @property
    def chapters(self) -> list[str]:
        return [page for page in self.pages if page.count("/") > 1]


def find_chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


@pytest.fixture(scope="session")
def book():
    folder = Path(os.environ.get("COURSE_HTML", ROOT / "_build" / "html"))
    if not (folder / "index.html").is_file():
        pytest.skip(f"no built book in {folder}: run `python3 course.py book --no-serve` first")
    pages = sorted(
        page.relative_to(folder).as_posix() for page in folder.glob("chapters/**/*.html")
    )
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Book(folder, f"http://127.0.0.1:{server.server_port}", [*pages, "search.html"])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser():
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine: the pages were not read in a browser")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield running
        running.close()
