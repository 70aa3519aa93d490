"""Are bugs planted where they are said to be, and taken out again?"""

import asyncio
import sys
import types
from contextlib import asynccontextmanager

import pytest

from seethrough import mutants
from seethrough.mutants import Bug, MutantError, plant, planted, play

SOURCE = """
LIMIT = 3


def is_allowed(count):
    return count < LIMIT


class Counter:
    def __init__(self):
        self.count = 0

    @property
    def full(self):
        return self.count >= LIMIT

    @classmethod
    def filled(cls):
        counter = cls()
        counter.count = LIMIT
        return counter
"""


def bug(find, replace, name="a-bug"):
    return Bug(name, "src/shop_rules.py", find, replace, "harm")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    path = tmp_path / "shop_rules.py"
    path.write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    yield importlib.import_module("shop_rules")
    sys.modules.pop("shop_rules", None)


def test_does_whoever_holds_the_function_run_the_bug(shop: types.ModuleType):
    held = shop.is_allowed
    with plant(bug("count < LIMIT", "count <= LIMIT")) as names:
        assert names == ("is_allowed",)
        assert held(3)
    assert not held(3)


def test_are_methods_properties_and_class_methods_reached(shop: types.ModuleType):
    counter = shop.Counter.filled()
    with plant(bug("self.count >= LIMIT", "self.count > LIMIT")):
        assert not counter.full
    with plant(bug("counter.count = LIMIT", "counter.count = 0")):
        assert shop.Counter.filled().count == 0
    assert counter.full


def test_is_the_bug_out_again_after_a_failure(shop: types.ModuleType):
    with pytest.raises(LookupError), plant(bug("count < LIMIT", "True")):
        raise LookupError
    assert not shop.is_allowed(3)


@pytest.mark.parametrize(
    ("find", "words"), [("no such text", "is 0 times"), ("LIMIT = 3\n", "no function")]
)
def test_is_a_bug_refused_that_cannot_be_planted(shop: types.ModuleType, find, words):
    with pytest.raises(MutantError, match=words), plant(bug(find, "")):
        pass


@asynccontextmanager
async def nothing():
    yield None


def test_does_a_game_say_which_test_caught_which_bug(shop: types.ModuleType):
    async def three_is_too_many(_given):
        assert not shop.is_allowed(3)

    async def two_is_fine(_given):
        assert shop.is_allowed(2)

    bugs = [bug("count < LIMIT", "count <= LIMIT", "late"), bug("count < LIMIT", "False", "never")]
    bugs.append(bug("self.count >= LIMIT", "True", "full"))
    game = asyncio.run(play([three_is_too_many, two_is_fine], bugs, nothing))
    assert game.caught == {
        "late": ("three_is_too_many",),
        "never": ("two_is_fine",),
        "full": (),
    }
    assert game.survivors == ("full",)
    assert game.score == "2 of 3 bugs caught"
    picture = game.picture("Shop")
    assert "Shop: 2 of 3 bugs caught" in picture.svg
    assert picture.text.splitlines()[1] == "late   three_is_too_many"


def test_is_a_suite_refused_that_fails_without_a_bug(shop: types.ModuleType):
    async def wrong(_given):
        raise AssertionError

    with pytest.raises(MutantError, match="wrong fails without a bug"):
        asyncio.run(play([wrong], [], nothing))


def test_are_the_planted_bugs_of_the_service_found_by_name():
    assert len(planted()) >= 10
    assert [each.name for each in planted(["any-hmac"])] == ["any-hmac"]
    assert planted(["any-hmac"])[0].module == "todo.tokens"
    with pytest.raises(MutantError, match="no bug nonsense"):
        planted(["nonsense"])


def test_is_every_planted_bug_inside_one_function_of_its_file():
    from seethrough.stages import files

    project = files(6)
    for each in planted():
        source = project[each.file].decode()
        assert source.count(each.find) == 1, each.name
        right = mutants._codes(compile(source, each.file, "exec", dont_inherit=True))
        wrong = mutants._codes(
            compile(source.replace(each.find, each.replace), each.file, "exec", dont_inherit=True)
        )
        changed = [
            name for name in right if mutants._shape(right[name]) != mutants._shape(wrong[name])
        ]
        assert changed, each.name
