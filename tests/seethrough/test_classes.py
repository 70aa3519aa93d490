"""What the recorder of class creation sees, and the two pictures beside it."""

from __future__ import annotations

import abc
import builtins
import enum
import sys
import types
import typing
from dataclasses import dataclass

import pytest

from seethrough.classes import COMPILER_NAMES, creation, family, grid, winner


class Column:
    def __set_name__(self, owner, name):
        self.name = name


class Table(type):
    @classmethod
    def __prepare__(cls, name, bases, /, **options):
        return {}

    def __new__(mcls, name, bases, namespace, **options):
        return super().__new__(mcls, name, bases, namespace, **options)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)


class Model(metaclass=Table):
    def __init_subclass__(cls, *, table="", **options):
        super().__init_subclass__(**options)


class Versioned:
    def __mro_entries__(self, bases):
        return (Model,)


def audited(reason):
    def mark(cls):
        return cls

    return mark


ALL_STEPS = [
    "expression", "__mro_entries__", "metaclass", "__prepare__", "body", "__new__", "type.__new__",
    "__set_name__", "__init_subclass__", "__init__", "decorator",
]  # fmt: skip


def order():
    with creation() as story:

        @audited("tax")
        class Order(Versioned(), table="orders"):
            total: int = Column()

            def pay(self):
                self.paid = __class__

    return story


def test_every_hook_is_seen_in_the_order_of_the_language_reference():
    assert order().hooks == ALL_STEPS


def test_what_a_hook_received_and_gave_is_told_without_the_compilers_names():
    told = {step.hook: (step.received, step.gave) for step in order().steps}
    assert told["__mro_entries__"] == ("(Versioned(),)", "(Model,)")
    assert told["metaclass"] == ("type(Model) is Table", "Table")
    assert told["__prepare__"] == ("'Order', (Model,), table='orders'", "dict {}")
    assert told["body"] == ("runs in a dict", "dict {total, pay}")
    assert told["__new__"] == (
        "'Order', (Model,), dict {total, pay}, table='orders'",
        "Order",
    )
    assert told["__set_name__"] == ("Order, 'total'", "")
    assert told["__init_subclass__"] == ("Order, table='orders'", "")
    assert told["decorator"] == ("Order", "Order")


def test_set_name_and_init_subclass_run_inside_type_new():
    steps = {step.hook: step for step in order().steps}
    outer = steps["type.__new__"]
    for inner in (steps["__set_name__"], steps["__init_subclass__"]):
        assert outer.begin < inner.begin < inner.end < outer.end
        assert inner.depth == outer.depth + 1
    assert steps["__init__"].begin > steps["__new__"].end


def test_the_story_does_not_depend_on_the_python_version():
    assert order().text == (
        " 1  audited                      'tax' → mark\n"
        " 2  Versioned.__mro_entries__    (Versioned(),) → (Model,)\n"
        " 3  metaclass resolution         type(Model) is Table → Table\n"
        " 4  Table.__prepare__            'Order', (Model,), table='orders' → dict {}\n"
        " 5  class body of Order          runs in a dict → dict {total, pay}\n"
        " 6  Table.__new__                "
        "'Order', (Model,), dict {total, pay}, table='orders' → Order\n"
        " 7    type.__new__               for Table\n"
        " 8      Column.__set_name__      Order, 'total'\n"
        " 9      Model.__init_subclass__  Order, table='orders'\n"
        "10  Table.__init__               "
        "'Order', (Model,), dict {total, pay}, table='orders'\n"
        "11  mark (made by audited)       Order → Order"
    )


def test_a_plain_class_has_a_body_and_nothing_else_of_yours():
    with creation() as story:

        class Plain:
            unit = "mm"

    assert story.hooks == ["metaclass", "body"]
    assert story.steps[1].gave == "dict {unit}"


def test_dataclass_with_slots_makes_a_second_class():
    class Base:
        def __init_subclass__(cls): ...

    with creation() as story:

        @dataclass(slots=True)
        class Point(Base):
            x: int

    assert story.hooks.count("__init_subclass__") == 2
    assert [step.depth for step in story.steps if step.hook == "__init_subclass__"] == [0, 1]


def test_a_hook_that_raises_ends_the_story_there():
    class Refusing:
        def __init_subclass__(cls):
            raise ValueError("no children")

    with creation() as story, pytest.raises(ValueError, match="no children"):

        class Child(Refusing): ...

    assert story.steps[-1].hook == "__init_subclass__"
    assert story.steps[-1].gave == "raised ValueError"


def test_a_metaclass_conflict_is_a_step_that_raised():
    with creation() as story, pytest.raises(TypeError, match="metaclass conflict"):

        class Mixed(Model, abc.ABC): ...

    assert story.steps[-1].received == "type(Model) is Table, type(ABC) is ABCMeta"
    assert story.steps[-1].gave == "raised TypeError"


def test_bases_that_are_no_classes_are_resolved_whatever_their_hook_is_called():
    with creation() as story:

        class Point(typing.NamedTuple):
            x: int

        class Box[T](dict[str, T]): ...

    resolved = [step.received for step in story.steps if step.hook == "metaclass"]
    assert resolved[0].startswith("type(NamedTuple) is NamedTupleMeta")
    assert resolved[1] == "type(dict) is type, type(Generic) is type"


def test_classes_of_a_module_imported_on_the_way_are_left_out():
    sys.modules.pop("sched", None)
    with creation() as story:
        import sched

        class Plain: ...

    assert sched.scheduler
    assert story.hooks == ["metaclass", "body"]


def test_the_rule_names_the_metaclass_that_python_takes():
    for asked, bases in (
        (None, (enum.Enum,)),
        (type, (abc.ABC, int)),
        (None, ()),
        (Table, (Model,)),
    ):
        options = {} if asked is None else {"metaclass": asked}
        made = types.new_class("Made", bases, options)
        assert winner(asked, bases) is type(made)
    with pytest.raises(TypeError, match="metaclass conflict"):
        winner(None, (Model, abc.ABC))


def test_recording_leaves_nothing_behind():
    before = builtins.__build_class__
    with pytest.raises(ZeroDivisionError), creation():
        _ = 1 / 0
    assert builtins.__build_class__ is before
    assert all(sys.monitoring.get_tool(tool) is None for tool in (3, 4))


def test_the_compilers_names_are_never_shown():
    assert not any(name in order().text for name in COMPILER_NAMES)


def test_the_timeline_says_the_same_as_the_text_and_fits_the_page():
    picture = order().timeline()
    assert "Table.__prepare__" in picture.svg
    assert 'viewBox="0 0 700 ' in picture.svg
    assert picture.text.endswith(order().text)
    assert "data-measured" not in picture.svg


def test_the_family_comes_from_type_and_mro():
    class Storable(Model): ...

    lines = family(Storable, one=Storable()).text.splitlines()
    assert lines == [
        "one: instance of Storable",
        "object: instance of type",
        "Model: instance of Table, inherits from object",
        "Storable: instance of Table, inherits from Model",
        "type: instance of type, inherits from object",
        "Table: instance of type, inherits from type",
    ]


def test_the_family_draws_one_arrow_for_each_relation():
    picture = family(Model, one=Model())
    dashed = picture.svg.count("stroke-dasharray")
    assert dashed >= 5  # one, Model, object, Table and the loop of type


def test_a_grid_shows_each_answer_once():
    picture = grid("Who?", {"len": {"a": False, "b": True}, "in": {"a": True, "b": True}})
    assert picture.text.splitlines() == ["Who?", "     a  b", "len  -  yes", "in   yes  yes"]
    assert picture.svg.count(">yes<") == 3
