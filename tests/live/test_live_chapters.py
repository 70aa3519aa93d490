"""Every chapter of the built book, run by a reader in Chromium: cells and exercises."""

from __future__ import annotations

import gzip
import re

import pytest
from live_reader import CHAPTERS, Reader, each_chapter, opener, path_of, serving

from coursekit import chapters
from coursekit.places import references_of
from coursekit.references import read


@pytest.fixture(scope="module")
def opened(browser, whole_book):
    """Open a chapter's page once for all that is asked of it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    yield opener(Reader(context, page, whole_book.address), whole_book.folder)
    context.close()


def test_the_live_layer_adds_at_most_30_kb_to_a_page_that_nobody_uses(whole_book):
    shared = {whole_book.folder / f"_static/live/{name}" for name in ("live.js", "live.css")}
    shared.add(whole_book.folder / "sw.js")
    weights = {}
    for chapter in CHAPTERS:
        text = (whole_book.folder / path_of(chapter)).read_text(encoding="utf-8")
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


def test_without_scripts_a_chapter_is_complete(browser, whole_book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for chapter in CHAPTERS:
        page.goto(f"{whole_book.address}/{path_of(chapter)}")
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
        reader.open_isolated(path_of(chapter))
        reader.run_all()
        page.wait_for_selector("html[data-offline=ready]")
    page.reload()
    reader.ready()
    ran = reader.run_all()
    assert [each["state"] for each in ran] == ["done"] * len(ran)
    context.close()


@each_chapter
def test_a_chapter_gives_its_reference_outputs_in_the_page(opened, chapter):
    reader = opened(chapter)
    assert reader.differences(chapter) == {}
    assert reader.foreign() == []
    assert reader.said == []


@each_chapter
def test_exercises_answer_in_the_page_as_they_do_elsewhere(opened, chapter):
    reader = opened(chapter)
    assert reader.wrong_answers(chapter) == []
    assert reader.foreign() == []
    assert reader.said == []
