# %% [check]
"""A `str` made by `__new__`, compared without regard to case, hashed accordingly."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    header: Any = work.get("Header", type)
    work.require(issubclass(header, str), "`Header` is no `str` any more.")
    accept, shout = header("  Accept "), header("ACCEPT")
    work.require(
        str.__eq__(accept, "Accept"),
        f"`Header('  Accept ')` holds `{str.__str__(accept)!r}`; it should hold `'Accept'`.",
    )
    work.require(accept == shout, "`Header('Accept') == Header('ACCEPT')` is `False`.")
    work.require(
        not (accept != shout),
        "`Header('Accept')` and `Header('ACCEPT')` are equal *and* unequal: `str` has a `__ne__` "
        "of its own, and `!=` asks that one.",
    )
    work.require(not (accept == header("Host")), "`Header('Accept') == Header('Host')` is true.")
    work.require(
        header.__hash__ is not None, "headers cannot be keys: `Header.__hash__` is `None`."
    )
    work.require(
        {accept: 1}.get(shout) == 1,
        "`{Header('Accept'): 1}` does not find `Header('ACCEPT')`: they are equal, and their "
        "hashes differ.",
    )
    for plain in ("Accept", "accept"):
        work.require(
            not (accept == plain) and not (plain == accept),
            f"`Header('Accept')` equals the plain string `{plain!r}`: it must not, or it has to "
            "have the hash of each spelling.",
        )
    work.require(accept != "Accept", "`Header('Accept') != 'Accept'` is `False`, and so is `==`.")
    return "One key, however it is spelled; and it is still a string."


# %% [hint]
# A `str` is complete when `__init__` runs. Which method decides what is in it?

# %% [hint]
# `object` derives `!=` from `__eq__`. `str` does not: it has both. And a `NotImplemented` from
# you sends a plain string's own `__eq__` into the race.

# %% [hint]
# Compare `self.lower()` with `other.lower()` for headers, return `False` for the rest, and hash
# the same thing that you compare. `lower()` gives a plain `str`.

# %% [solution]
from typing import Self


class Header(str):
    """The name of an HTTP header."""

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        return super().__new__(cls, name.strip())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Header) and self.lower() == other.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.lower())


# %% [mistake] init-comes-too-late
# says: `Header('  Accept ')` holds `'  Accept '`
class Header(str):
    def __init__(self, name):
        self = name.strip()

    def __eq__(self, other):
        return isinstance(other, Header) and self.lower() == other.lower()

    def __hash__(self):
        return hash(self.lower())


# %% [mistake] forgets-unequal
# says: are equal *and* unequal
class Header(str):
    def __new__(cls, name):
        return super().__new__(cls, name.strip())

    def __eq__(self, other):
        return isinstance(other, Header) and self.lower() == other.lower()

    def __hash__(self):
        return hash(self.lower())


# %% [mistake] no-hash
# says: `Header.__hash__` is `None`
class Header(str):
    def __new__(cls, name):
        return super().__new__(cls, name.strip())

    def __eq__(self, other):
        return isinstance(other, Header) and self.lower() == other.lower()

    def __ne__(self, other):
        return not self == other


# %% [mistake] inherited-hash
# says: they are equal, and their hashes differ
class Header(str):
    def __new__(cls, name):
        return super().__new__(cls, name.strip())

    def __eq__(self, other):
        return isinstance(other, Header) and self.lower() == other.lower()

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


# %% [mistake] asks-the-string
# says: `Header('Accept')` equals the plain string `'Accept'`
class Header(str):
    def __new__(cls, name):
        return super().__new__(cls, name.strip())

    def __eq__(self, other):
        if not isinstance(other, Header):
            return NotImplemented
        return self.lower() == other.lower()

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.lower())
