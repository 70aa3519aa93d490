"""Every chapter in the reader's Python without a browser: cells, exercises, what it says of itself."""

from __future__ import annotations

import functools

import pytest

from coursekit import chapters
from coursekit.live import run_chapter
from coursekit.places import chapter_files

CHAPTERS = chapter_files()
ran = functools.cache(run_chapter)


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem, scope="module")
def chapter(request, live):
    return request.param


def test_a_chapter_gives_its_reference_outputs_in_the_readers_python(chapter):
    cells = ran(chapter).cells
    different = {
        f"{chapter.name}:{cell.line}": cell.difference for cell in cells if cell.difference
    }
    assert different == {}
    assert [cell.line for cell in cells if cell.state == "fatal"] == []


def test_an_exercise_answers_in_the_readers_python_as_it_does_elsewhere(chapter):
    assert ran(chapter).wrong == []
    assert ran(chapter).tried > 0


def test_a_chapter_says_truly_whether_it_runs_in_a_browser(chapter):
    said = chapters.read(chapter).front["runs_in"]
    assert said["browser"] == ran(chapter).runs_in
    assert said["browser"] == "yes" or said["reason"]


def test_a_cell_that_is_left_to_its_recording_says_why(chapter):
    recorded = [cell for cell in ran(chapter).cells if cell.state == "recorded" and not cell.quiz]
    assert [cell.line for cell in recorded if not cell.reason] == []
