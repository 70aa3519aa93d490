# %% [check]
"""A decorator class that counts calls and works on methods."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    counted: Any = work.get("Counted", type)

    def sell(self: Any, amount: int = 1) -> int:
        self.stock -= amount
        return self.stock

    shop_class: Any = type("Shop", (), {"sell": counted(sell)})
    first, second = shop_class(), shop_class()
    first.stock = second.stock = 10
    try:
        got = first.sell(3)
    except (TypeError, AttributeError) as error:
        work.fail(
            f"`shop.sell(3)` raised `{type(error).__name__}: {error}`. Your `Counted` was called "
            "without the shop, so 3 arrived as `self`."
        )
    work.equal(got, 7, "shop = Shop(10); shop.sell(3)")
    work.equal(first.sell(amount=2), 5, "shop.sell(amount=2)")
    selling = first.sell
    second.sell()
    selling()
    work.require(
        (first.stock, second.stock) == (4, 9),
        f"after `selling = first.sell; second.sell(); selling()` the stocks are {first.stock} and "
        f"{second.stock} instead of 4 and 9: `selling` forgot which shop it came from.",
    )
    try:
        on_class = shop_class.sell
    except TypeError as error:
        work.fail(f"`Shop.sell` on the class raised `TypeError: {error}`.")
    work.require(
        isinstance(on_class, counted),
        f"`Shop.sell` on the class gave `{type(on_class).__name__}`; it should give the `Counted`.",
    )
    work.equal(on_class.calls, 4, "Shop.sell.calls after four calls")
    plain = counted(len)
    work.equal((plain("abc"), plain.calls), (3, 1), "f = Counted(len); f('abc'), f.calls")
    return "Functions and methods are counted, and every method knows its shop."


# %% [hint]
# Why does a plain function get its `self`? Functions are non-data descriptors, and an instance of
# `Counted` is not.

# %% [hint]
# Give `Counted` a `__get__(self, instance, owner=None)`. On the class there is nothing to bind.

# %% [hint]
# `types.MethodType(callable, instance)` makes a bound method. Which callable must it be, so that
# the call goes through the counter?

# %% [solution]
from collections.abc import Callable
from types import MethodType
from typing import Any


class Counted:
    """Counts the calls of a function or a method."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


class Shop:
    def __init__(self, stock: int) -> None:
        self.stock = stock

    @Counted
    def sell(self, amount: int = 1) -> int:
        self.stock -= amount
        return self.stock


# %% [mistake] binds-the-function
# says: `Shop.sell.calls after four calls` gave `0`; it should give `4`
from types import MethodType


class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self if instance is None else MethodType(self.function, instance)


# %% [mistake] remembers-one-instance
# says: `selling` forgot which shop it came from
class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0
        self.instance = None

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.instance is not None:
            args = (self.instance, *args)
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):
        self.instance = instance
        return self


# %% [mistake] binds-none
# says: `Shop.sell` on the class raised `TypeError
from types import MethodType


class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return MethodType(self, instance)


# %% [mistake] drops-keywords
# says: unexpected keyword argument 'amount'
from types import MethodType


class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)

    def __get__(self, instance, owner=None):
        return self if instance is None else MethodType(self, instance)
