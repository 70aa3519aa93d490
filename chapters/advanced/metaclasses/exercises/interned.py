# %% [check]
"""A metaclass that gives the same object for equal arguments."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    interned = work.get("Interned", type)
    work.require(
        issubclass(interned, type),
        "`Interned` is not a metaclass: it does not inherit from `type`.",
    )
    runs: list[str] = []

    def init(self: Any, code: str, *, digits: int = 2) -> None:
        runs.append(code)
        self.code = code

    currency = interned("Currency", (), {"__init__": init})
    euro = currency("EUR")
    work.require(euro is not None, "`Currency('EUR')` gave `None`.")
    work.require(currency("EUR") is euro, "`Currency('EUR') is Currency('EUR')` is `False`.")
    work.equal(runs, ["EUR"], "the runs of __init__ after Currency('EUR') twice")
    work.require(
        currency("USD") is not euro, "`Currency('USD')` gave the object of `Currency('EUR')`."
    )
    yen = currency("JPY", digits=0)
    work.require(
        yen is not currency("JPY", digits=2),
        "`Currency('JPY', digits=0)` and `Currency('JPY', digits=2)` are one object.",
    )
    work.require(
        yen is currency("JPY", digits=0), "`Currency('JPY', digits=0)` twice gave two objects."
    )
    apart(work, interned, currency, euro)
    order(work, interned)
    return "One object, one `__init__`, and a cache for each class."


def anything(self: object, *args: object, **options: object) -> None: ...


def apart(work: Work, interned: Any, currency: Any, euro: object) -> None:
    other = interned("Country", (), {"__init__": anything})
    work.require(
        type(other("EUR")) is other,
        "another class of the same metaclass, called with 'EUR', gave a `Currency`.",
    )
    coin = interned("Coin", (currency,), {})
    work.require(
        type(coin("EUR")) is coin,
        "a subclass `Coin`, called with 'EUR', gave the `Currency` of its parent.",
    )
    work.require(
        currency("EUR") is euro, "after the subclass was called, the parent forgot its object."
    )


def order(work: Work, interned: Any) -> None:
    pair = interned("Pair", (), {"__init__": anything})
    work.require(
        pair(left=1, right=2) is pair(right=2, left=1),
        "`Pair(left=1, right=2)` and `Pair(right=2, left=1)` are two objects.",
    )


# %% [hint]
# `Currency("EUR")` is a call of the object `Currency`, so it runs `type(Currency).__call__`. Whatever you return
# from there is the result; `__new__` and `__init__` run only if you let `super().__call__` do it.

# %% [hint]
# Where does the cache live? On each class, and it must be there before the first call: give the metaclass an
# `__init__` that calls `super().__init__` and then sets `cls._made = {}`.

# %% [hint]
# A key of positional and keyword arguments: `(args, frozenset(options.items()))`. It does not depend on the order
# in which the keywords were written.

# %% [solution]
from typing import Any


class Interned(type):
    """Give the same object whenever a class is called with equal arguments."""

    def __init__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> None:
        super().__init__(name, bases, namespace, **options)
        cls._made: dict[object, Any] = {}

    def __call__(cls, *args: Any, **options: Any) -> Any:
        key = (args, frozenset(options.items()))
        if key not in cls._made:
            cls._made[key] = super().__call__(*args, **options)
        return cls._made[key]


# %% [mistake] one-for-all
# says: gave a `Currency`
class Interned(type):
    _made = {}

    def __call__(cls, *args, **options):
        key = (args, frozenset(options.items()))
        if key not in Interned._made:
            Interned._made[key] = super().__call__(*args, **options)
        return Interned._made[key]


# %% [mistake] inherited-cache
# says: gave the `Currency` of its parent
class Interned(type):
    def __call__(cls, *args, **options):
        if not hasattr(cls, "_made"):
            cls._made = {}
        key = (args, frozenset(options.items()))
        if key not in cls._made:
            cls._made[key] = super().__call__(*args, **options)
        return cls._made[key]


# %% [mistake] keywords-ignored
# says: are one object
class Interned(type):
    def __init__(cls, *args, **options):
        super().__init__(*args, **options)
        cls._made = {}

    def __call__(cls, *args, **options):
        if args not in cls._made:
            cls._made[args] = super().__call__(*args, **options)
        return cls._made[args]


# %% [mistake] keyword-order
# says: `Pair(left=1, right=2)` and `Pair(right=2, left=1)` are two objects
class Interned(type):
    def __init__(cls, *args, **options):
        super().__init__(*args, **options)
        cls._made = {}

    def __call__(cls, *args, **options):
        key = (args, tuple(options.items()))
        if key not in cls._made:
            cls._made[key] = super().__call__(*args, **options)
        return cls._made[key]


# %% [mistake] init-again
# says: the runs of __init__
class Interned(type):
    def __init__(cls, *args, **options):
        super().__init__(*args, **options)
        cls._made = {}

    def __call__(cls, *args, **options):
        key = (args, frozenset(options.items()))
        if key not in cls._made:
            cls._made[key] = cls.__new__(cls)
        cls._made[key].__init__(*args, **options)
        return cls._made[key]
