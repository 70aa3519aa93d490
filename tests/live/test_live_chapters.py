"""Every chapter of the built book, run by a reader in Chromium: cells and exercises.

`COURSE_HTML` names the built book; without it `_build/html` is read.
"""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from live_reader import ATTEMPT, COLLECT, IDLE, Reader, as_messages, serving

from coursekit import chapters
from coursekit.live import attempts, compare
from coursekit.places import HTML, chapter_files, references_of
from coursekit.references import read

CHAPTERS = [path for path in chapter_files() if path.with_suffix("").is_dir()]


@pytest.fixture(scope="session")
def whole_book():
    folder = Path(os.environ.get("COURSE_HTML", HTML))
    if not (folder / "_static/live/live.js").is_file():
        pytest.skip(f"no built book with live cells in {folder}")
    with serving(folder) as served:
        yield served


@pytest.fixture(scope="module")
def opened(browser, whole_book):
    """Open a chapter's page once for all that is asked of it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    readers = {}

    def open_chapter(chapter):
        path = f"chapters/{chapter.parent.name}/{chapter.stem}.html"
        if not (whole_book.folder / path).is_file():
            pytest.skip(f"{chapter.stem} is not in the built book")
        if path not in readers:
            page = context.new_page()
            page.set_default_timeout(120_000)
            readers[path] = Reader(context, page, whole_book.address)
            readers[path].open_isolated(path)
        return readers[path]

    yield open_chapter
    context.close()


def test_the_live_layer_adds_at_most_30_kb_to_a_page_that_nobody_uses(whole_book):
    shared = {whole_book.folder / f"_static/live/{name}" for name in ("live.js", "live.css")}
    shared.add(whole_book.folder / "sw.js")
    weights = {}
    for chapter in CHAPTERS:
        text = page_of(whole_book.folder, chapter).read_text(encoding="utf-8")
        without = text
        for added in ADDED:
            without, count = re.subn(added, "", without, flags=re.DOTALL)
            assert count, added
        files = sum(packed(path.read_bytes()) for path in shared)
        weights[chapter.stem] = files + packed(text.encode()) - packed(without.encode())
    assert max(weights.values()) <= 30_000, weights


ADDED = (
    r'data-cell="\d+" data-cell-state="\w+" (data-raises="true" )?(data-reason="[^"]*" )?',
    r'<script type="application/json" id="live-page">.*?</script>',
    r'<link rel="stylesheet" href="[^"]*/live\.css">',
    r'<script type="module" src="[^"]*/live\.js"></script>',
)


def packed(data):
    return len(gzip.compress(data, 6))


def page_of(folder, chapter):
    return folder / f"chapters/{chapter.parent.name}/{chapter.stem}.html"


def test_without_scripts_a_chapter_is_complete(browser, whole_book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for chapter in CHAPTERS:
        folder = chapter.parent.name
        page.goto(f"{whole_book.address}/chapters/{folder}/{chapter.stem}.html")
        cells = [cell for cell in chapters.read(chapter).cells if "quiz" not in cell.tags]
        assert page.locator(".cell").count() == len(cells)
        shown = " ".join(page.locator("article").first.inner_text().split())
        for reference in read(references_of(chapter)) or []:
            for output in reference.outputs:
                if output.get("output_type") == "stream" and "≈" not in output["text"]:
                    line = " ".join(output["text"].split("\n")[0].split())
                    assert line in shown, f"{chapter.stem}: {line}"
        assert page.get_by_role("button", name="Run cell").count() == 0
    assert not any("/_static/live/" in url and ".css" not in url for url in asked)
    context.close()


def test_a_chapter_that_was_run_runs_again_without_its_server(browser, whole_book):
    chapter = next(each for each in CHAPTERS if each.stem == "descriptors")
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    with serving(whole_book.folder) as served:
        reader = Reader(context, page, served.address)
        reader.open_isolated(f"chapters/{chapter.parent.name}/{chapter.stem}.html")
        reader.press("Run all")
        page.wait_for_timeout(200)
        page.wait_for_function(IDLE)
        page.wait_for_selector("html[data-offline=ready]")
    page.reload()
    reader.ready()
    reader.press("Run all")
    page.wait_for_timeout(200)
    page.wait_for_function(IDLE)
    ran = page.evaluate(COLLECT)
    assert [each["state"] for each in ran] == ["done"] * len(ran)
    context.close()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_gives_its_reference_outputs_in_the_page(opened, chapter):
    reader = opened(chapter)
    reader.press("Run all")
    reader.page.wait_for_timeout(200)
    reader.page.wait_for_function(IDLE)
    ran = reader.page.evaluate(COLLECT)
    assert [each["state"] for each in ran] == ["done"] * len(ran)
    given = [{"state": each["state"], "outputs": as_messages(each["outputs"])} for each in ran]
    cells = compare(chapter, given)
    assert {f"{cell.line}": cell.difference for cell in cells if cell.difference} == {}
    assert_quiet(reader)


def assert_quiet(reader):
    """No other host was asked for anything, and the console has nothing to say."""
    assert reader.foreign() == []
    assert reader.said == []


RESET = """for (const starter of document.querySelectorAll("[data-role=starter][data-cell-state=done]"))
  liveCells.reset(starter)"""


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_exercises_answer_in_the_page_as_they_do_elsewhere(opened, chapter):
    reader = opened(chapter)
    tries = attempts(chapter)
    answers = [reader.page.evaluate(ATTEMPT, [each.exercise, each.source]) for each in tries]
    wrong = [each.problem(answer) for each, answer in zip(tries, answers, strict=True)]
    assert [*filter(None, wrong)] == []
    reader.page.evaluate(RESET)
    assert_quiet(reader)
