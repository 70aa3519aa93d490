"""Does the recorder hear each special method that syntax calls, and ask for nothing itself?"""

import math

import pytest

from seethrough.dunders import probe, record, watch


def calls(source, **objects):
    """The calls of one piece of syntax, as written."""
    return [call.words for call in record([source], **objects).pieces[0].calls]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + b", ["a.__add__(b)"]),
        ("1 + a", ["a.__radd__(1)"]),
        ("a[1:2]", ["a.__getitem__(slice(1, 2, None))"]),
        ("b in a", ["a.__contains__(b)"]),
        ("not a", ["a.__bool__()"]),
        ("1 < a", ["a.__gt__(1)"]),
        ("f'{a:>8}'", ["a.__format__('>8')"]),
        ("a(1, key=2)", ["a.__call__(1, key=2)"]),
        ("isinstance(a, int)", ["a.__getattribute__('__class__')"]),
        ("with a: pass", ["a.__enter__()", "a.__exit__(None, None, None)"]),
        ("for x in a: pass", ["a.__iter__()", *["a.__next__()"] * 3]),
    ],
)
def test_which_method_does_this_syntax_call(source, expected):
    assert calls(source, a=probe("A"), b=probe("B")) == expected


def test_both_operands_are_asked_and_the_error_is_kept():
    a = probe("A", gives={"__add__": NotImplemented})
    b = probe("B", gives={"__radd__": NotImplemented})
    piece = record(["a + b"], a=a, b=b).pieces[0]
    assert [call.gave for call in piece.calls] == ["NotImplemented", "NotImplemented"]
    assert piece.methods == ["__add__", "__radd__"]
    assert piece.raised == "TypeError"


def test_a_missing_method_lets_the_next_one_answer():
    assert calls("if a: pass", a=probe("A", without=["__bool__"])) == ["a.__len__()"]
    assert calls("3 in a", a=probe("A", only=["__getitem__"], gives={"__getitem__": 3})) == [
        "a.__getitem__(0)"
    ]


def test_construction_is_heard_from_new_to_init_with_its_depth():
    @watch
    class Pair:
        def __new__(cls, *_values):
            return super().__new__(cls)

        def __init__(self, left, right):
            self.parts = (left, right)

        def __eq__(self, other):
            return hash(self) == hash(other)

        def __hash__(self):
            return hash(self.parts)

    kept = record(["p = Pair(1, 2)", "p == p"], Pair=Pair)
    assert [call.words for call in kept.pieces[0].calls] == [
        "Pair.__new__(1, 2)",
        "‹a Pair›.__init__(1, 2)",
    ]
    assert [(call.on, call.method, call.depth) for call in kept.pieces[1].calls] == [
        ("p", "__eq__", 0),
        ("p", "__hash__", 1),
        ("p", "__hash__", 1),
    ]


def test_class_methods_and_generators_are_heard():
    @watch
    class Series:
        def __class_getitem__(cls, item):
            return cls

        def __iter__(self):
            yield 1

    assert calls("Series[int]", Series=Series) == ["Series.__class_getitem__(int)"]
    assert calls("list(s)", s=Series()) == ["s.__iter__()"]


def test_an_unhashable_class_stays_unhashable():
    @watch
    class Same:
        def __eq__(self, other):
            return True

    assert record(["hash(s)"], s=Same()).pieces[0].raised == "TypeError"


def test_nothing_is_recorded_outside_and_behaviour_is_kept():
    a = probe("A", gives={"__len__": 5, "__floor__": 4, "__exit__": ValueError("no")})
    assert (len(a), math.floor(a)) == (5, 4)
    kept = record(["len(a)"], a=a)
    len(a)
    assert len(kept.pieces[0].calls) == 1


def test_an_exception_of_a_method_is_noted_with_its_class():
    kept = record(["a[0]"], a=probe("A", gives={"__getitem__": KeyError("k")}))
    assert kept.pieces[0].calls[0].gave == "raises KeyError"
    assert kept.pieces[0].raised == "KeyError"


def test_text_and_picture_say_the_same_and_repeat_to_the_letter():
    a, b = probe("A", gives={"__add__": NotImplemented}), probe("B")
    first, again = (record(["a + b", "a < b", "1 + 1"], a=a, b=b) for _ in range(2))
    assert repr(first) == repr(again)
    assert first.picture.svg == again.picture.svg
    assert "no special method of theirs" in first.text
    assert "__add__(b) → NotImplemented" in first.picture.svg
    assert first._repr_html_().startswith('<div class="st-picture">')
    assert first.text.splitlines()[1].split() == ["a", "+", "b", "a.__add__(b)", "→",
                                                  "NotImplemented"]  # fmt: skip


def test_a_narrow_box_keeps_the_answer_and_cuts_the_arguments():
    forgiving = probe("Forgiving", gives={"__exit__": True})
    other = probe("Other")
    kept = record(["with a, b: 1 / 0"], b=forgiving, a=other)
    assert "__exit__(Zer" in kept.picture.svg
    assert "…) → True<" in kept.picture.svg
