"""The built book, served as a host would serve it, and a real browser to read it with.

`COURSE_HTML` names the built book; without it `_build/html` is read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from coursekit.places import HTML
from coursekit.server import serving


@dataclass(frozen=True)
class Book:
    """The built book: its folder, its address, the paths of its pages."""

    folder: Path
    address: str
    pages: list[str]

    @property
    def chapters(self) -> list[str]:
        return [page for page in self.pages if page.count("/") > 1]


@pytest.fixture(scope="session")
def book():
    folder = Path(os.environ.get("COURSE_HTML", HTML))
    if not (folder / "index.html").is_file():
        pytest.skip(f"no built book in {folder}: run `python3 course.py book --no-serve` first")
    pages = sorted(
        page.relative_to(folder).as_posix() for page in folder.glob("chapters/**/*.html")
    )
    with serving(folder) as address:
        yield Book(folder, address, [*pages, "search.html"])
