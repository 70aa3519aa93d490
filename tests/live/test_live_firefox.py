"""Every chapter of the built book, run by a reader in Firefox: cells, exercises, Stop."""

from __future__ import annotations

import pytest
from firefox import FirefoxReader, firefox
from live_reader import CHAPTERS, IDLE, RESET, each_chapter, opener
from recursion import wrong_ends

from coursekit.browser import find_firefox

START = """(source) => {
  const cell = document.querySelector(".cell[data-role=starter]");
  liveCells.setSource(cell, source);
  liveCells.run(cell);
}"""
STATE = "document.querySelector('.cell[data-role=starter]').dataset.cellState"
OUTPUTS = "liveCells.outputs(document.querySelector('.cell[data-role=starter]'))"

# From a worker, where the cells run, and from the page.
ASK = """async (address) => {
  const source = `fetch("${address}").catch(() => {}).then(() => postMessage(0))`;
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  await new Promise((end) => (worker.onmessage = end));
  await fetch(address).catch(() => {});
}"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    executable = find_firefox()
    if executable is None:
        pytest.skip("no Firefox on this machine: cells were run in Chromium and node only")
    with firefox(executable, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="module")
def opened(tab, whole_book):
    """Open a chapter's page once for all that is asked of it."""
    return opener(FirefoxReader(tab, whole_book.address), whole_book.folder)


@each_chapter
def test_a_chapter_gives_its_reference_outputs_in_firefox(opened, chapter):
    reader = opened(chapter)
    assert reader.differences(chapter) == {}
    assert reader.foreign() == []
    assert reader.said == []


@each_chapter
def test_exercises_answer_in_firefox_as_they_do_elsewhere(opened, chapter):
    reader = opened(chapter)
    assert reader.wrong_answers(chapter) == []
    assert reader.foreign() == []
    assert reader.said == []


def test_stop_ends_an_endless_loop_in_firefox_and_keeps_the_names(opened):
    page = opened(CHAPTERS[-1]).page  # which is open
    page.evaluate(START, "kept = 41")
    page.wait_for_function(IDLE)
    page.evaluate(START, "while True: pass")
    page.wait_for_function(f"{STATE} === 'running'")
    page.evaluate("liveCells.python.stop()")
    page.wait_for_function(IDLE)
    assert page.evaluate(STATE) == "failed"
    page.evaluate(START, "print(kept + 1)")
    page.wait_for_function(IDLE)
    assert page.evaluate(OUTPUTS) == [{"kind": "stream", "name": "stdout", "text": "42\n"}]
    page.evaluate(RESET)


def test_what_calls_itself_ends_in_firefox_as_it_does_elsewhere(opened):
    assert wrong_ends(opened(CHAPTERS[-1])) == {}


def test_what_a_page_asks_of_others_and_says_is_heard_until_it_is_left(opened):
    reader = opened(CHAPTERS[-1])
    other = reader.address.replace("127.0.0.1", "localhost") + "/elsewhere"
    reader.page.evaluate(ASK, other)
    reader.page.evaluate("console.warn('a warning')")
    reader.page.evaluate("addEventListener('pagehide', () => console.warn('too late'))")
    reader.page.goto(f"{reader.address}/index.html")
    assert reader.foreign() == [other, other]
    refused, warned = reader.said
    assert other in refused
    assert warned == "a warning"
