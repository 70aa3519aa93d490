# %% [check]
"""A metaclass that makes a class of constants a read-only collection."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    countable = work.get("Countable", type)
    work.require(
        issubclass(countable, type),
        "`Countable` is not a metaclass: it does not inherit from `type`.",
    )
    values = {"OPEN": 1, "_hidden": 0, "CLOSED": 2}
    status = countable("Status", (), dict(values))
    work.equal(size(work, status), 2, "len(Status)")
    work.equal(names(work, status), ["OPEN", "CLOSED"], "list(Status)")
    work.require(has(work, status, "OPEN"), "`'OPEN' in Status` is `False`.")
    work.require(not has(work, status, "_hidden"), "`'_hidden' in Status` is `True`.")
    work.require(not has(work, status, 1), "`1 in Status` is `True`; the names are its elements.")
    inherits(work, countable, status)
    read_only(work, status)
    empty = countable("Empty", (), {})
    work.equal(size(work, empty), 0, "len(Empty)")
    work.equal(bool(empty), True, "bool(Empty)")
    work.raises(TypeError, lambda: len(status()), "len(Status())")
    return "The class counts, lists and guards its names, and is still a class."


def inherits(work: Work, countable: Any, status: Any) -> None:
    order = countable("OrderStatus", (status,), {"PAID": 3})
    work.equal(names(work, order), ["OPEN", "CLOSED", "PAID"], "list(OrderStatus)")
    work.equal(size(work, order), 3, "len(OrderStatus)")


def read_only(work: Work, status: Any) -> None:
    work.raises(AttributeError, lambda: setattr(status, "OPEN", 9), "Status.OPEN = 9")
    work.raises(AttributeError, lambda: delattr(status, "OPEN"), "del Status.OPEN")
    work.equal(status.OPEN, 1, "Status.OPEN, after both were refused")
    try:
        status._cache = 1
        status.__doc__ = "States of an order."
    except AttributeError as error:
        work.fail(f"assigning to a name that is not public raised `AttributeError: {error}`.")


def size(work: Work, cls: Any) -> int:
    try:
        return len(cls)
    except TypeError as error:
        work.fail(f"`len({cls.__name__})` raised `TypeError: {error}`.")


def names(work: Work, cls: Any) -> list[str]:
    try:
        return list(cls)
    except TypeError as error:
        work.fail(f"`list({cls.__name__})` raised `TypeError: {error}`.")


def has(work: Work, cls: Any, name: object) -> bool:
    try:
        return name in cls
    except TypeError as error:
        work.fail(f"`{name!r} in {cls.__name__}` raised `TypeError: {error}`.")


# %% [hint]
# `len(Status)` looks for `__len__` on the type of `Status`. That is `Countable`, so plain methods there do it; their
# first argument is the class.

# %% [hint]
# Write `__iter__` first: through `reversed(cls.__mro__)`, each `vars(base)`, the names that do not begin with an
# underscore, each once. `__len__` and `__contains__` can both use it. Not through `list(cls)`, though: `list` asks its
# argument for its length first.

# %% [hint]
# A class with `__len__` on its metaclass and no names is false: `bool` falls back on the length. Say `__bool__`. To
# refuse an assignment, `__setattr__` and `__delattr__` of the metaclass raise for a public name and call
# `super()` for the others; `type` sets some of those itself.

# %% [solution]
from collections.abc import Iterator
from typing import NoReturn


class Countable(type):
    """Make a class of constants behave like a read-only collection."""

    def __iter__(cls) -> Iterator[str]:
        names: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            names |= dict.fromkeys(name for name in vars(base) if not name.startswith("_"))
        return iter(names)

    def __len__(cls) -> int:
        return sum(1 for _ in cls)

    def __contains__(cls, name: object) -> bool:
        return any(name == known for known in cls)

    def __bool__(cls) -> bool:
        return True

    def __setattr__(cls, name: str, value: object) -> None:
        if not name.startswith("_"):
            cls._refuse(name)
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        if not name.startswith("_"):
            cls._refuse(name)
        super().__delattr__(name)

    def _refuse(cls, name: str) -> NoReturn:
        message = f"{cls.__name__}.{name} is a constant"
        raise AttributeError(message)


# %% [mistake] on-the-class
# says: `Countable` is not a metaclass
class Countable:
    def __len__(self):
        return len([name for name in vars(type(self)) if not name.startswith("_")])


# %% [mistake] list-asks-for-the-length
# says: your code called itself
class Countable(type):
    def __iter__(cls):
        return iter([name for name in vars(cls) if not name.startswith("_")])

    def __len__(cls):
        return len(list(cls))  # list() asks its argument for a length first


# %% [mistake] own-names-only
# says: `list(OrderStatus)` gave
class Countable(type):
    def __iter__(cls):
        return iter([name for name in vars(cls) if not name.startswith("_")])

    def __len__(cls):
        return sum(1 for _ in cls)

    def __bool__(cls):
        return True

    def __setattr__(cls, name, value):
        raise AttributeError(name)

    __delattr__ = __setattr__


# %% [mistake] dir-order
# says: `list(Status)` gave `['CLOSED', 'OPEN']`
class Countable(type):
    def __iter__(cls):
        return iter([name for name in dir(cls) if not name.startswith("_")])

    def __len__(cls):
        return sum(1 for _ in cls)


# %% [mistake] empty-is-false
# says: `bool(Empty)` gave `False`
class Countable(type):
    def __iter__(cls):
        names = {}
        for base in reversed(cls.__mro__):
            names |= dict.fromkeys(name for name in vars(base) if not name.startswith("_"))
        return iter(names)

    def __len__(cls):
        return sum(1 for _ in cls)

    def __setattr__(cls, name, value):
        if not name.startswith("_"):
            raise AttributeError(name)
        super().__setattr__(name, value)

    def __delattr__(cls, name):
        raise AttributeError(name)


# %% [mistake] delete-forgotten
# says: `del Status.OPEN` should raise `AttributeError`
class Countable(type):
    def __iter__(cls):
        names = {}
        for base in reversed(cls.__mro__):
            names |= dict.fromkeys(name for name in vars(base) if not name.startswith("_"))
        return iter(names)

    def __len__(cls):
        return sum(1 for _ in cls)

    def __bool__(cls):
        return True

    def __setattr__(cls, name, value):
        if not name.startswith("_"):
            raise AttributeError(name)
        super().__setattr__(name, value)


# %% [mistake] refuses-everything
# says: assigning to a name that is not public raised
class Countable(type):
    def __iter__(cls):
        names = {}
        for base in reversed(cls.__mro__):
            names |= dict.fromkeys(name for name in vars(base) if not name.startswith("_"))
        return iter(names)

    def __len__(cls):
        return sum(1 for _ in cls)

    def __bool__(cls):
        return True

    def __setattr__(cls, name, value):
        raise AttributeError(name)

    def __delattr__(cls, name):
        raise AttributeError(name)
