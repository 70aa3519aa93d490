# %% [check]
"""Instances cached by `__new__`, initialised once, one cache for each class."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    currency: Any = work.get("Currency", type)
    euro = currency("EUR")
    work.require(currency("EUR") is euro, "`Currency('EUR') is Currency('EUR')` is `False`.")
    work.require(
        currency("eur") is euro,
        "`Currency('eur')` is another object than `Currency('EUR')`: the cache was asked for the "
        "code before it was in capitals.",
    )
    work.equal(currency("usd").code, "USD", "Currency('usd').code")
    work.equal(euro.code, "EUR", "Currency('EUR').code")
    work.equal(euro.rate, 1.0, "Currency('EUR').rate")
    euro.rate = 1.08
    work.require(
        currency("EUR").rate == 1.08,
        "`Currency('EUR')` reset the rate to "
        f"`{euro.rate}`: `__init__` ran again on the cached object.",
    )
    token: Any = type("Token", (currency,), {})
    coin = token("EUR")
    work.require(
        type(coin) is token,
        "with `class Token(Currency)`, `Token('EUR')` gave the `Currency`: both classes share "
        "one cache.",
    )
    work.require(token("eur") is coin, "`Token('EUR') is Token('eur')` is `False`.")
    work.equal(coin.rate, 1.0, "Token('EUR').rate")
    return "One object per code and class, filled once."


# %% [hint]
# `__new__` may return an object that exists already. Keep them in a dictionary on the class.

# %% [hint]
# `type.__call__` runs `__init__` on whatever instance of the class `__new__` returns. Where can
# the fields be set, so that it happens once?

# %% [hint]
# No `__init__` at all: `object.__init__` accepts the argument when `__new__` is yours. As the
# key take the pair of `cls` and the code in capitals.

# %% [solution]
from typing import Any, ClassVar


class Currency:
    """A currency; there is one object for each code."""

    _known: ClassVar[dict[tuple[type, str], Any]] = {}
    code: str
    rate: float

    def __new__(cls, code: str) -> Any:
        key = cls, code.upper()
        if key not in cls._known:
            made = super().__new__(cls)
            made.code, made.rate = code.upper(), 1.0
            cls._known[key] = made
        return cls._known[key]


# %% [mistake] init-runs-again
# says: `__init__` ran again on the cached object
class Currency:
    _known = {}

    def __new__(cls, code):
        key = cls, code.upper()
        if key not in cls._known:
            cls._known[key] = super().__new__(cls)
        return cls._known[key]

    def __init__(self, code):
        self.code = code.upper()
        self.rate = 1.0


# %% [mistake] key-as-written
# says: the cache was asked for the code before it was in capitals
class Currency:
    _known = {}

    def __new__(cls, code):
        if code not in cls._known:
            made = super().__new__(cls)
            made.code, made.rate = code.upper(), 1.0
            cls._known[code] = made
        return cls._known[code]


# %% [mistake] one-cache-for-all
# says: both classes share one cache
class Currency:
    _known = {}

    def __new__(cls, code):
        code = code.upper()
        if code not in cls._known:
            made = super().__new__(cls)
            made.code, made.rate = code, 1.0
            cls._known[code] = made
        return cls._known[code]


# %% [mistake] equal-only
# says: `Currency('EUR') is Currency('EUR')` is `False`
class Currency:
    def __init__(self, code):
        self.code = code.upper()
        self.rate = 1.0

    def __eq__(self, other):
        return self.code == other.code

    def __hash__(self):
        return hash(self.code)
