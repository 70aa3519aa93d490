"""A chapter of each part, run by a reader in Firefox: cells, exercises, Stop."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from firefox import find_firefox, firefox
from live_reader import ATTEMPT, COLLECT, IDLE, as_messages, serving

from coursekit.live import attempts, compare
from coursekit.places import HTML, chapter_files

READ = ("descriptors", "async-in-depth", "routing-pydantic-di", "authentication")
CHAPTERS = [path for path in chapter_files() if path.stem in READ]
READY = "document.documentElement.dataset.live === 'ready'"
STATE = "document.querySelector('.cell[data-role=starter]').dataset.cellState"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    executable = find_firefox()
    if executable is None:
        pytest.skip("no Firefox on this machine: cells were run in Chromium and node only")
    with firefox(executable, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="module")
def book(live):
    folder = Path(os.environ.get("COURSE_HTML", HTML))
    if not (folder / "_static/live/live.js").is_file():
        pytest.skip(f"no built book with live cells in {folder}")
    with serving(folder) as served:
        yield served


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem, scope="module")
def opened(request, tab, book):
    """A chapter's page, visited twice: the service worker isolates it from the second time on."""
    chapter = request.param
    address = f"{book.address}/chapters/{chapter.parent.name}/{chapter.stem}.html"
    tab.asked.clear()
    tab.open(address)
    tab.evaluate("navigator.serviceWorker.ready.then(() => true)")
    tab.open(address)
    tab.wait(READY)
    tab.said.clear()  # Firefox complains of what the reload broke off
    assert tab.evaluate("crossOriginIsolated")
    return chapter


def test_a_chapter_gives_its_reference_outputs_in_firefox(opened, tab, book):
    tab.evaluate("[...document.querySelectorAll('.live-page-bar button')][0].click()")
    tab.wait(IDLE)
    ran = tab.evaluate(COLLECT)
    assert [each["state"] for each in ran] == ["done"] * len(ran)
    given = [{"state": each["state"], "outputs": as_messages(each["outputs"])} for each in ran]
    cells = compare(opened, given)
    assert {f"{cell.line}": cell.difference for cell in cells if cell.difference} == {}


def test_an_exercise_answers_in_firefox_as_it_does_elsewhere(opened, tab, book):
    tries = attempts(opened)
    answers = [
        tab.evaluate(f"({ATTEMPT})({json.dumps([each.exercise, each.source])})") for each in tries
    ]
    wrong = [each.problem(answer) for each, answer in zip(tries, answers, strict=True)]
    assert [*filter(None, wrong)] == []
    asked = [url for url in tab.asked if not url.startswith((book.address, "data:", "blob:"))]
    assert asked == []
    assert tab.said == []


def test_stop_ends_an_endless_loop_in_firefox_and_keeps_the_names(opened, tab, book):
    set_and_run = """((source) => {
        const cell = document.querySelector(".cell[data-role=starter]");
        liveCells.setSource(cell, source);
        liveCells.run(cell);
    })"""
    tab.evaluate(f"{set_and_run}('kept = 41')")
    tab.wait(IDLE)
    tab.evaluate(f"{set_and_run}('while True: pass')")
    tab.wait(f"{STATE} === 'running'")
    tab.evaluate("liveCells.python.stop()")
    tab.wait(IDLE)
    assert tab.evaluate(STATE) == "failed"
    tab.evaluate(f"{set_and_run}('print(kept + 1)')")
    tab.wait(IDLE)
    outputs = tab.evaluate("liveCells.outputs(document.querySelector('.cell[data-role=starter]'))")
    assert outputs == [{"kind": "stream", "name": "stdout", "text": "42\n"}]
