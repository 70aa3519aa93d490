"""A small book with live cells, its server, and a browser; or the reader's Python in node.

And the real book: `COURSE_HTML` names it; without it `_build/html` is read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from live_reader import CONF, FRONT, PAGES, Reader, Served, serving

from bookext.live.build import CannotBuildError
from coursekit.live import maker
from coursekit.places import HTML

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def live():
    """What makes the live layer, made; or a skip that says why it cannot be."""
    try:
        made = maker()
        made.make()
    except CannotBuildError as error:
        pytest.skip(f"the live layer cannot be made here: {error}")
    return made


@pytest.fixture(scope="session")
def small_folder(live, tmp_path_factory):
    source = tmp_path_factory.mktemp("small")
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text(
        "# Small\n\n```{toctree}\n" + "\n".join(f"part/{name}" for name in PAGES) + "\n```\n"
    )
    (source / "part").mkdir()
    for name, cells in PAGES.items():
        text = f"{FRONT}# {name.title()}\n\n" + "\n".join(cells)
        (source / "part" / f"{name}.md").write_text(text)
    out = source / "html"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def small(small_folder, tmp_path_factory):
    """The small book, served below a path as project pages are."""
    root = tmp_path_factory.mktemp("host")
    shutil.copytree(small_folder, root / "books" / "small")
    (root / "favicon.ico").touch()  # browsers ask the host for one
    with serving(root) as served:
        yield Served(served.folder, f"{served.address}/books/small")


@pytest.fixture(scope="session")
def whole_book():
    folder = Path(os.environ.get("COURSE_HTML", HTML))
    if not (folder / "_static/live/live.js").is_file():
        pytest.skip(f"no built book with live cells in {folder}")
    with serving(folder) as served:
        yield served


@pytest.fixture
def reader(browser, small):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield Reader(context, page, small.address)
    context.close()
