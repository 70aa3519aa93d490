# %% [check]
"""Name the kind of place that answers an attribute access."""

from typing import Any

from seethrough.exercises import Work

ran: list[str] = []


class Loud:
    """Notes that it was run."""

    def __get__(self, instance: object, owner: type | None = None) -> str:
        ran.append("Loud.__get__")
        return "loud"


class Checked:
    def __set__(self, instance: object, value: object) -> None: ...


class Guarded(Loud):
    def __delete__(self, instance: object) -> None: ...


class Base:
    unit = "mm"
    loud = Loud()
    guarded = Guarded()
    checked = Checked()
    unset = Checked()

    def reset(self) -> None: ...

    def label(self) -> None: ...

    @property
    def limit(self) -> int:
        ran.append("the getter of a property")
        return 9


class Gauge(Base): ...


class Slim:
    __slots__ = ("size",)
    unit = "mm"


CASES = (
    ("serial", "instance dict", "lies in the instance alone"),
    ("missing", "nothing", "lies nowhere"),
    ("unit", "class attribute", "is a plain value, inherited from the base class"),
    ("reset", "non-data descriptor", "is a method, inherited from the base class"),
    ("limit", "data descriptor", "is a property, and the instance holds that name too"),
    ("label", "instance dict", "is a method, and the instance holds that name too"),
    ("guarded", "data descriptor", "has `__get__` and `__delete__`, and the instance holds it too"),
    ("loud", "non-data descriptor", "has only `__get__`"),
    ("checked", "instance dict", "has only `__set__`, and the instance holds that name too"),
    ("unset", "class attribute", "has only `__set__`, so nobody runs to answer for it"),
)


def check(work: Work) -> str:
    answerer: Any = work.get("answerer")
    gauge = Gauge()
    held = ("serial", "limit", "label", "guarded", "checked")
    gauge.__dict__.update(dict.fromkeys(held, 1))
    ran.clear()
    for name, wanted, because in CASES:
        try:
            got = answerer(gauge, name)
        except Exception as error:
            work.fail(
                f"`answerer(gauge, {name!r})` raised `{type(error).__name__}: {error}`; "
                f"`{name}` {because}."
            )
        work.require(not ran, f"`answerer(gauge, {name!r})` ran {ran}; it should only look.")
        work.require(
            got == wanted,
            f"`answerer(gauge, {name!r})` gave {got!r}; `{name}` {because}, "
            f"so it should give {wanted!r}.",
        )
    slim = Slim()
    for name, wanted in (("size", "data descriptor"), ("unit", "class attribute")):
        try:
            got = answerer(slim, name)
        except Exception as error:
            work.fail(
                f"on an object with `__slots__` and no `__dict__`, your code raised "
                f"`{type(error).__name__}: {error}`."
            )
        work.equal(got, wanted, f"answerer(slim, {name!r})")
    return "It finds all five kinds, without running any of the code it found."


# %% [hint]
# `object.__getattribute__` in Python stands in the section *Every place, in order*. You need its
# tests, but not the values: where it returns, you name the place.

# %% [hint]
# Look through `vars(base)` for each `base` in `type(obj).__mro__`. `getattr(type(obj), name)` would
# run a descriptor that it finds.

# %% [hint]
# A descriptor's methods count only on its *type*: `hasattr(type(found), "__get__")`. It is a data
# descriptor for reading if it has `__get__` and one of `__set__` and `__delete__`.

# %% [hint]
# Not every object has a `__dict__`: `getattr(obj, "__dict__", {})`.


# %% [solution]
def answerer(obj: object, name: str) -> str:
    """Name the kind of place that answers `obj.name`."""
    missing = object()
    found: object = missing
    for base in type(obj).__mro__:
        if name in vars(base):
            found = vars(base)[name]
            break
    kind = type(found)
    runs = hasattr(kind, "__get__")
    if runs and (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        return "data descriptor"
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    if runs:
        return "non-data descriptor"
    return "nothing" if found is missing else "class attribute"


# %% [mistake] own-class-only
# says: inherited from the base class
def answerer(obj, name):
    found = vars(type(obj)).get(name)
    kind = type(found)
    if hasattr(kind, "__get__") and (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        return "data descriptor"
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    if hasattr(kind, "__get__"):
        return "non-data descriptor"
    return "nothing" if found is None else "class attribute"


# %% [mistake] instance-first
# says: is a property, and the instance holds that name too
def answerer(obj, name):
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    for base in type(obj).__mro__:
        if name in vars(base):
            kind = type(vars(base)[name])
            if hasattr(kind, "__set__") and hasattr(kind, "__get__"):
                return "data descriptor"
            return "non-data descriptor" if hasattr(kind, "__get__") else "class attribute"
    return "nothing"


# %% [mistake] forgot-delete
# says: has `__get__` and `__delete__`, and the instance holds it too
def answerer(obj, name):
    found = [vars(base)[name] for base in type(obj).__mro__ if name in vars(base)]
    kind = type(found[0]) if found else object
    if hasattr(kind, "__get__") and hasattr(kind, "__set__"):
        return "data descriptor"
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    if hasattr(kind, "__get__"):
        return "non-data descriptor"
    return "class attribute" if found else "nothing"


# %% [mistake] set-alone-counts
# says: has only `__set__`, and the instance holds that name too
def answerer(obj, name):
    found = [vars(base)[name] for base in type(obj).__mro__ if name in vars(base)]
    kind = type(found[0]) if found else object
    if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):
        return "data descriptor"
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    if hasattr(kind, "__get__"):
        return "non-data descriptor"
    return "class attribute" if found else "nothing"


# %% [mistake] runs-what-it-finds
# says: it should only look
def answerer(obj, name):
    found = getattr(type(obj), name, None)
    kind = type(found)
    if hasattr(kind, "__get__") and (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        return "data descriptor"
    if name in getattr(obj, "__dict__", {}):
        return "instance dict"
    if hasattr(kind, "__get__"):
        return "non-data descriptor"
    return "nothing" if found is None else "class attribute"


# %% [mistake] needs-a-dict
# says: on an object with `__slots__` and no `__dict__`, your code raised `TypeError
def answerer(obj, name):
    found = [vars(base)[name] for base in type(obj).__mro__ if name in vars(base)]
    kind = type(found[0]) if found else object
    if hasattr(kind, "__get__") and (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
        return "data descriptor"
    if name in vars(obj):
        return "instance dict"
    if hasattr(kind, "__get__"):
        return "non-data descriptor"
    return "class attribute" if found else "nothing"
