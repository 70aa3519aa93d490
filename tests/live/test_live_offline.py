"""The zip of the book, unpacked and read with what is in it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from live_reader import IDLE, Reader

from bookext.offline import NAME
from coursekit.places import HTML


@pytest.fixture(scope="module")
def unpacked(live, tmp_path_factory):
    packed = Path(os.environ.get("COURSE_HTML", HTML)) / NAME
    if not packed.is_file():
        pytest.skip(f"no {packed}: run `python3 course.py book --no-serve` first")
    folder = tmp_path_factory.mktemp("taken along")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    return folder / Path(NAME).stem


@pytest.fixture(scope="module")
def address(unpacked):
    command = [sys.executable, "-I", str(unpacked / "read.py"), "--no-open"]
    with subprocess.Popen(command, cwd=unpacked, stdout=subprocess.PIPE, text=True) as running:
        yield next(line for line in running.stdout if "http://" in line).split()[2].rstrip("/")
        running.terminate()


def test_the_unpacked_book_is_the_built_one_and_its_server(unpacked):
    built = Path(os.environ.get("COURSE_HTML", HTML))
    for_machines = {NAME, ".buildinfo", "objects.inv"}
    assert files_of(unpacked) == files_of(built) - for_machines | {"read.py"}


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_cells_run_from_the_unpacked_book(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    reader = Reader(context, page, address)
    reader.open_isolated("chapters/practice/getting-started.html")
    first = page.locator(".cell[data-cell-state=idle]").first
    number = first.get_attribute("data-cell")
    assert reader.run(number) == "done"
    page.wait_for_function(IDLE)
    assert reader.foreign() == []
    assert reader.said == []
    context.close()


def test_opened_as_a_file_a_page_is_whole_and_has_no_dead_buttons(browser, unpacked):
    context = browser.new_context()
    page = context.new_page()
    page.goto((unpacked / "chapters/advanced/descriptors.html").as_uri())
    assert page.locator("h1").inner_text().startswith("2. Descriptors")
    assert page.locator(".cell .cell_input").count() > 50
    assert page.get_by_role("button", name="Run cell").count() == 0
    note = page.get_by_role("note").filter(has_text="read.py")
    assert note.is_visible()
    context.close()
