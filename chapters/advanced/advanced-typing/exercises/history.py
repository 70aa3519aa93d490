# %% [check]
"""A generic class made covariant, in types and in behaviour."""

from seethrough.exercises import Work
from seethrough.typecheck import surprise

PROBE = """
class Animal: ...
class Cat(Animal): ...
def newest(cats: History[Cat]) -> Cat: return cats.latest()
def wrong(cats: History[Cat]) -> str: return cats.latest()  # refused
def widen(cats: History[Cat]) -> History[Animal]: return cats
def shrink(animals: History[Animal]) -> History[Cat]: return animals  # refused
def more(cats: History[Cat], a: Animal) -> History[Animal]: return cats.plus(a)
def same(cats: History[Cat], cat: Cat) -> History[Cat]: return cats.plus(cat)
def lose(cats: History[Cat], a: Animal) -> History[Cat]: return cats.plus(a)  # refused
def size(cats: History[Cat]) -> int: return len(cats)
"""


def check(work: Work) -> str:
    history = work.get("History", type)
    if words := surprise(work.source, PROBE):
        work.fail(words)
    given = ["fed", "brushed"]
    first = history(given)
    second = first.plus("weighed")
    work.equal((first.latest(), len(first)), ("brushed", 2), "latest() and len() of the old one")
    work.equal((second.latest(), len(second)), ("weighed", 3), "latest() and len() after plus()")
    given.append("sold")
    work.require(
        len(first) == 2,
        "after the list that was passed in had grown, `len(history)` had grown as well: the "
        "history still holds the caller's list.",
    )
    return "It hands out and never takes, so a history of cats is a history of animals."


# %% [hint]
# Ask why it is invariant: which members take a `T`, which hand one out, and what does a public attribute do?

# %% [hint]
# The stored items must be private, and of a type that is covariant itself: `tuple[T, ...]`. Make the tuple in
# `__init__`; then nobody else holds it.

# %% [hint]
# `plus(self, item: T)` takes a `T`. Give the method a type parameter of its own, `def plus[W](self, item: W)`.
# What is then in the new history?

# %% [hint]
# The result is a `History[T | W]`: what was there, and what came.

# %% [solution]
from collections.abc import Iterable


class History[T]:
    def __init__(self, items: Iterable[T]) -> None:
        self._items = tuple(items)

    def latest(self) -> T:
        return self._items[-1]

    def plus[W](self, item: W) -> "History[T | W]":
        return History((*self._items, item))

    def __len__(self) -> int:
        return len(self._items)


# %% [mistake] private-list
# says: the checker refuses `def widen
class History[T]:
    def __init__(self, items: list[T]) -> None:
        self._items = list(items)

    def latest(self) -> T:
        return self._items[-1]

    def plus[W](self, item: W) -> "History[T | W]":
        return History([*self._items, item])

    def __len__(self) -> int:
        return len(self._items)


# %% [mistake] plus-takes-t
# says: the checker refuses `def widen
class History[T]:
    def __init__(self, items: list[T]) -> None:
        self._items = tuple(items)

    def latest(self) -> T:
        return self._items[-1]

    def plus(self, item: T) -> "History[T]":
        return History([*self._items, item])

    def __len__(self) -> int:
        return len(self._items)


# %% [mistake] keeps-the-list
# says: the history still holds the caller's list
from collections.abc import Sequence


class History[T]:
    def __init__(self, items: Sequence[T]) -> None:
        self._items: Sequence[T] = items

    def latest(self) -> T:
        return self._items[-1]

    def plus[W](self, item: W) -> "History[T | W]":
        return History([*self._items, item])

    def __len__(self) -> int:
        return len(self._items)


# %% [mistake] newest-first
# says: latest() and len() after plus()
class History[T]:
    def __init__(self, items: list[T] | tuple[T, ...]) -> None:
        self._items = tuple(items)

    def latest(self) -> T:
        return self._items[-1]

    def plus[W](self, item: W) -> "History[T | W]":
        return History((item, *self._items))

    def __len__(self) -> int:
        return len(self._items)


# %% [mistake] object-result
# says: the checker refuses `def more
class History[T]:
    def __init__(self, items: list[T] | tuple[T, ...]) -> None:
        self._items = tuple(items)

    def latest(self) -> T:
        return self._items[-1]

    def plus(self, item: object) -> "History[object]":
        return History((*self._items, item))

    def __len__(self) -> int:
        return len(self._items)
