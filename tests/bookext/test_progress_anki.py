"""Does the deck hold each question once, keep its identity, and show code as code?"""

import io
import json
import sqlite3
import zipfile

import pytest
from small_book import QUIZ

from bookext.progress import anki
from coursekit.places import ROOT
from seethrough import quiz


@pytest.fixture
def small(tmp_path):
    def make(text=QUIZ, slug="numbers"):
        path = tmp_path / slug / "quiz.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return quiz.load(path)

    return make


def rows(deck, query):
    with zipfile.ZipFile(io.BytesIO(deck)) as archive:
        database = sqlite3.connect(":memory:")
        database.deserialize(archive.read("collection.anki2"))
    found = database.execute(query).fetchall()
    database.close()
    return found


def test_has_the_deck_one_note_and_one_card_a_question(small):
    deck = anki.deck([("Numbers", small())], seconds=1_764_000_000)
    assert rows(deck, "SELECT count(*) FROM notes") == [(4,)]
    assert rows(deck, "SELECT count(*) FROM cards") == [(4,)]


def test_is_every_question_of_the_course_in_the_deck():
    paths = sorted((ROOT / "chapters").glob("*/*/quiz.yml"))
    quizzes = [(path.parent.name, quiz.load(path)) for path in paths]
    count = sum(len(one.questions) for _, one in quizzes)
    deck = anki.deck(quizzes, seconds=1_764_000_000)
    assert rows(deck, "SELECT count(*), count(DISTINCT guid) FROM notes") == [(count, count)]


def test_has_each_chapter_a_deck_of_its_own(small):
    quizzes = [("Numbers", small()), ("Words", small(slug="words"))]
    deck = anki.deck(quizzes, seconds=1_764_000_000)
    ((text,),) = rows(deck, "SELECT decks FROM col")
    names = {one["name"] for one in json.loads(text).values()}
    assert {"Modern Python::Numbers", "Modern Python::Words"} <= names
    assert rows(deck, "SELECT count(DISTINCT did), count(DISTINCT guid) FROM cards, notes") == [
        (2, 8)
    ]


def test_does_importing_a_newer_deck_update_the_same_notes(small):
    old = anki.deck([("Numbers", small())], seconds=1_764_000_000)
    changed = small(QUIZ.replace("Addition binds first.", "Sums come first."))
    new = anki.deck([("Numbers, again", changed)], seconds=1_764_000_001)
    query = "SELECT guid, did, mid FROM notes, cards WHERE notes.id = nid ORDER BY guid"
    assert rows(old, query) == rows(new, query)
    assert rows(old, "SELECT max(mod) FROM notes") < rows(new, "SELECT min(mod) FROM notes")


def test_are_the_bytes_the_same_whenever_it_is_built(small):
    first = anki.deck([("Numbers", small())], seconds=1_764_000_000)
    assert anki.deck([("Numbers", small())], seconds=1_764_000_000) == first


def test_is_code_shown_as_it_is_written(small):
    deck = anki.deck([("Numbers", small())], seconds=1_764_000_000)
    notes = dict(rows(deck, "SELECT sfld, flds FROM notes"))
    assert "<pre><code>print(1 + 1)" in notes["numbers/sum"]
    ((text,),) = rows(deck, "SELECT models FROM col")
    (model,) = json.loads(text).values()
    assert "monospace" in model["css"]


def test_is_every_reason_on_the_back(small):
    deck = anki.deck([("Numbers", small())], seconds=1_764_000_000)
    answer = dict(rows(deck, "SELECT sfld, flds FROM notes"))["numbers/home"].split("\x1f")[3]
    assert answer.count("Right:") == 1
    assert answer.count("Not right:") == 2
    assert answer.index("Assignment stores it there.") < answer.index("All instances")


def test_is_the_deck_dated_by_the_commit_or_as_asked(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert anki.last_change(tmp_path) == 1_767_225_600
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")
    assert anki.last_change(tmp_path) == 1_764_000_000
