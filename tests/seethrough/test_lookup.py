"""Does the tracer walk the road that the interpreter walks, and no step more?"""

import enum
import functools
import threading
import types
import weakref
import xml.etree.ElementTree as ET
from collections import ChainMap, namedtuple
from dataclasses import dataclass
from fractions import Fraction

import pytest

from seethrough.lookup import grid, trace


class Data:
    def __get__(self, instance, owner=None):
        return ("data", instance, owner)

    def __set__(self, instance, value): ...


class DeleteOnly:
    def __get__(self, instance, owner=None):
        return ("delete", instance, owner)

    def __delete__(self, instance): ...


class NonData:
    def __get__(self, instance, owner=None):
        return ("non-data", instance, owner)


class SetOnly:
    def __set__(self, instance, value): ...


class Failing:
    def __get__(self, instance, owner=None):
        raise AttributeError("from the descriptor")


class Crashing:
    def __get__(self, instance, owner=None):
        raise ValueError("from the descriptor")


class Meta(type):
    meta_data = Data()
    meta_non_data = NonData()
    meta_plain = "meta"
    both = NonData()
    both_data = Data()

    @property
    def shout(cls):
        return cls.__name__.upper()

    def build(cls):
        return cls()


class Base(metaclass=Meta):
    data = Data()
    delete = DeleteOnly()
    non_data = NonData()
    set_only = SetOnly()
    set_only_shadowed = SetOnly()
    plain = "plain"
    both = "own"
    both_data = "own"
    failing = Failing()
    crashing = Crashing()
    inherited = "base"

    def method(self): ...

    @classmethod
    def make(cls): ...

    @staticmethod
    def help(): ...

    @property
    def area(self):
        return 12

    @functools.cached_property
    def cached(self):
        return 13


class Child(Base):
    inherited = "child"

    def method(self): ...


child = Child()
child.__dict__.update(
    data=1, delete=2, non_data=3, set_only_shadowed=4, method=5, own=6, area=7, plain=8
)
fresh = Child()


class Fallback(Child):
    def __getattr__(self, name):
        if name == "hopeless":
            raise AttributeError(name)
        return ("fallback", name)


class MetaFallback(type):
    def __getattr__(cls, name):
        return (cls, name)


class Lazy(metaclass=MetaFallback): ...


class Guarded:
    def __getattribute__(self, name):
        if name.startswith("secret"):
            raise AttributeError(name)
        return object.__getattribute__(self, name)

    open = 1


class GuardedFallback(Guarded):
    def __getattr__(self, name):
        return ("fallback", name)


class Slotted:
    __slots__ = ("x", "y")


class SlottedDict(Slotted):
    __slots__ = ("__dict__",)


class HidesDict:
    def __init__(self):
        self.x = 1

    @property
    def __dict__(self):
        return {"x": "a lie", "y": "another"}


class Colour(enum.Enum):
    RED = 1

    def paint(self): ...


@dataclass
class Point:
    x: int = 3


Pair = namedtuple("Pair", "left right")
slotted = Slotted()
slotted.x = 5
slotted_dict = SlottedDict()
slotted_dict.x, slotted_dict.z = 1, 2
hides = HidesDict()
module = types.ModuleType("settings")
module.__dict__.update(debug=True, __getattr__=lambda name: ("module", name))
plain_module = types.ModuleType("plain")
local = threading.local()
local.user = "ada"
pair = Pair(1, 2)
error = ValueError("no")
partial = functools.partial(print, 1)
space = types.SimpleNamespace(x=1)


def function(): ...


function.note = "on a function"

CLASS_NAMES = [
    *("data", "delete", "non_data", "set_only", "set_only_shadowed", "plain", "both"),
    *("both_data", "failing", "crashing", "inherited", "method", "make", "help", "area"),
    *("cached", "own", "missing", "__class__", "__dict__", "__doc__", "__module__"),
    *("__init__", "__eq__", "meta_data", "meta_non_data", "meta_plain", "shout", "build"),
    *("__mro__", "__name__", "__call__"),
]
TABLE = [
    *((obj, name) for obj in (child, fresh, Child, Base, Meta) for name in CLASS_NAMES),
    *((Fallback(), name) for name in ("data", "failing", "crashing", "missing", "hopeless")),
    *((super(Child, child), name) for name in CLASS_NAMES),
    *((super(Child, Child), name) for name in CLASS_NAMES),
    *((super(Child), name) for name in ("data", "__self__", "__thisclass__", "__get__")),
    *((super(Meta, Child), name) for name in ("__name__", "build", "__mro__", "mro")),
    *((Lazy, name) for name in ("anything", "__name__", "mro")),
    *((Lazy(), name) for name in ("anything", "__class__")),
    *((Guarded(), name) for name in ("open", "secret_key", "missing")),
    *((GuardedFallback(), name) for name in ("open", "secret_key", "missing")),
    *((slotted, name) for name in ("x", "y", "z", "__dict__", "__slots__")),
    *((slotted_dict, name) for name in ("x", "y", "z", "__dict__")),
    *((hides, name) for name in ("x", "y", "__dict__")),
    *((Colour, name) for name in ("RED", "BLUE", "paint", "__members__", "name")),
    *((Colour.RED, name) for name in ("name", "value", "paint", "RED", "_value_")),
    *((Point(), name) for name in ("x", "__dataclass_fields__")),
    *((Point, name) for name in ("x", "y")),
    *((pair, name) for name in ("left", "count", "_fields", "middle")),
    *((Pair, name) for name in ("left", "_make")),
    *((module, name) for name in ("debug", "anything", "__name__", "__dict__")),
    *((plain_module, name) for name in ("anything", "__name__", "__doc__")),
    *((types, name) for name in ("FunctionType", "nothing_here")),
    *((function, name) for name in ("note", "__name__", "__call__", "missing", "__get__")),
    *((child.area.__add__, name) for name in ("__name__", "__self__")),
    *((fresh.method, name) for name in ("__func__", "__name__", "missing")),
    *((local, name) for name in ("user", "other")),
    *((weakref.proxy(child), name) for name in ("own", "area", "missing")),
    *((error, name) for name in ("args", "__traceback__", "__notes__")),
    *((partial, name) for name in ("func", "args", "missing")),
    *((space, name) for name in ("x", "y")),
    *((None, name) for name in ("__class__", "__bool__", "__doc__", "missing")),
    *((type(None), name) for name in ("__class__", "__bool__", "__doc__", "missing")),
    *((5, name) for name in ("real", "bit_length", "missing", "__class__")),
    *((int, name) for name in ("real", "bit_length", "from_bytes", "missing")),
    *((True, name) for name in ("real", "denominator")),
    *(("text", name) for name in ("upper", "maketrans", "missing")),
    *((Fraction(1, 2), name) for name in ("numerator", "limit_denominator")),
    *((ChainMap({}), name) for name in ("maps", "parents", "fromkeys")),
    *((list[int], name) for name in ("__origin__", "append", "__args__", "missing")),
    *((type, name) for name in ("__name__", "__mro__", "mro", "__call__", "__dict__", "missing")),
    *((object, name) for name in ("__class__", "__init__", "__name__", "missing")),
    *((property, name) for name in ("fget", "__get__", "__doc__")),
    *((Base.__dict__["area"], name) for name in ("fget", "__doc__", "missing")),
]


@pytest.mark.parametrize(("obj", "name"), TABLE)
def test_does_the_tracer_end_where_getattr_ends(obj, name):
    found = trace(obj, name)
    try:
        wanted = getattr(obj, name)
    except Exception as raised:
        assert type(found.error) is type(raised)  # noqa: PT017 - which kind is the question
    else:
        assert found.error is None
        assert found.value is wanted or found.value == wanted
        assert found.how != "nothing"
    assert repr(found)
    ET.fromstring(found.picture.svg)


def test_is_the_table_broad():
    assert len(TABLE) > 300


@pytest.mark.parametrize(
    ("obj", "name", "how", "place"),
    [
        (child, "data", "data descriptor", "Base.__dict__"),
        (child, "delete", "data descriptor", "Base.__dict__"),
        (child, "area", "data descriptor", "Base.__dict__"),
        (child, "non_data", "instance dict", "child.__dict__"),
        (child, "method", "instance dict", "child.__dict__"),
        (child, "set_only_shadowed", "instance dict", "child.__dict__"),
        (fresh, "method", "non-data descriptor", "Child.__dict__"),
        (fresh, "set_only", "class attribute", "Base.__dict__"),
        (fresh, "inherited", "class attribute", "Child.__dict__"),
        (slotted, "x", "data descriptor", "Slotted.__dict__"),
        (fresh, "missing", "nothing", ""),
        (Fallback(), "missing", "__getattr__", "Fallback.__getattr__"),
        (Fallback(), "failing", "__getattr__", "Fallback.__getattr__"),
        (Guarded(), "open", "__getattribute__", "Guarded.__getattribute__"),
        (module, "anything", "__getattr__", "settings.__dict__['__getattr__']"),
        (Child, "shout", "data descriptor", "Meta.__dict__"),
        (Child, "both", "class attribute", "Base.__dict__"),
        (Child, "both_data", "data descriptor", "Meta.__dict__"),
        (Child, "build", "non-data descriptor", "Meta.__dict__"),
        (Child, "meta_plain", "class attribute", "Meta.__dict__"),
        (Child, "method", "non-data descriptor", "Child.__dict__"),
        (Lazy, "anything", "__getattr__", "MetaFallback.__getattr__"),
        (super(Child, child), "method", "non-data descriptor", "Base.__dict__"),
        (super(Child, child), "inherited", "class attribute", "Base.__dict__"),
    ],
)
def test_who_answered(obj, name, how, place):
    found = trace(obj, name)
    assert (found.how, found.place) == (how, place)


def test_does_a_lookup_run_the_learners_code_once():
    calls = []

    class Counting:
        def __get__(self, instance, owner=None):
            calls.append("get")
            raise AttributeError

        def __set__(self, instance, value): ...

    class Host:
        x = Counting()

        def __getattr__(self, name):
            calls.append("getattr")
            return 1

        def __repr__(self):
            calls.append("repr")
            return "host"

        @property
        def __class__(self):
            calls.append("class")
            return int

    found = trace(Host(), "x")
    assert calls == ["get", "getattr"]
    assert found.value == 1


def test_is_nothing_written_to_what_is_traced():
    before = dict(child.__dict__), set(vars(Child)), set(vars(Meta))
    for obj in (child, Child, super(Child, child)):
        for name in ("data", "method", "both", "missing", "area"):
            trace(obj, name)
    assert (dict(child.__dict__), set(vars(Child)), set(vars(Meta))) == before


def test_does_a_cached_property_fill_the_instance_dict_as_it_always_does():
    host = Base()
    assert trace(host, "cached").how == "non-data descriptor"
    assert trace(host, "cached").how == "instance dict"


def test_what_does_the_text_say():
    assert repr(trace(child, "area", label="tile")) == (
        "tile.area\n"
        " 1 Child.__dict__  nothing\n"
        " 2 Base.__dict__   property: data descriptor  → answers\n"
        " · tile.__dict__   also holds 'area', not asked\n"
        " → 12   from property.__get__(tile, Child)"
    )


def test_is_a_failed_descriptor_shown_before_the_fallback():
    assert repr(trace(Fallback(), "failing")).splitlines()[3:] == [
        " 3 Base.__dict__         Failing: non-data descriptor  → kept for later",
        " 4 fallback.__dict__     nothing",
        " 5 Base.__dict__, kept   Failing: non-data descriptor  → raises AttributeError",
        " 6 Fallback.__getattr__  answers",
        " → ('fallback', 'failing')   from Fallback.__getattr__(fallback, 'failing')",
    ]


def test_are_addresses_kept_out_of_the_picture():
    class Opaque:
        thing = object()

    found = trace(Opaque(), "thing")
    assert "0x" not in repr(found) + found.picture.svg


def test_what_does_super_pass_over():
    states = [(step.place, step.state) for step in trace(super(Child, child), "method").steps]
    assert states == [("Child.__dict__", "skipped"), ("Base.__dict__", "answers")]


def test_does_the_grid_show_that_data_descriptors_win():
    kinds = {"data": Data(), "non-data": NonData(), "set only": SetOnly(), "plain": 3}
    picture = grid(kinds)
    rows = {
        line[:8].strip(): [line[10:28].strip(), line[28:46].strip(), line[46:].strip()]
        for line in picture.text.splitlines()[2:]
    }
    assert rows == {
        "data": ["__get__", "__get__", "__set__"],
        "non-data": ["__get__", "instance dict", "instance dict"],
        "set only": ["object itself", "instance dict", "__set__"],
        "plain": ["object itself", "instance dict", "instance dict"],
    }
    ET.fromstring(picture.svg)


def test_does_the_grid_report_refused_assignment():
    assert "AttributeError" in grid({"read-only": property(lambda host: 1)}).text
