# %% [check]
"""A property of the class, for instances and subclasses too."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    classproperty: Any = work.get("classproperty", type)

    def table(cls: Any) -> str:
        return f"{cls.prefix}_{cls.__name__.lower()}"

    model: Any = type("Model", (), {"prefix": "app", "table": classproperty(table)})
    invoice: Any = type("Invoice", (model,), {"prefix": "shop"})
    got = model.table
    work.require(
        not isinstance(got, classproperty),
        "`Model.table` gave the descriptor itself, not what its function returns.",
    )
    work.equal(got, "app_model", "Model.table")
    work.equal(invoice.table, "shop_invoice", "Invoice.table, read after Model.table,")
    work.equal(invoice().table, "shop_invoice", "Invoice().table")
    model.prefix = "web"
    work.equal(model.table, "web_model", "Model.prefix = 'web'; Model.table")
    return "Class, subclass and instance agree, and each read computes anew."


# %% [hint]
# `property` returns itself when `instance is None`. Here that is the interesting case.

# %% [hint]
# `__get__` has two arguments besides `self`. One of them is the class through which the access
# went, and it is there on every access.

# %% [hint]
# One descriptor serves `Model` and `Invoice`. A value kept on `self` would serve both.

# %% [solution]
from collections.abc import Callable
from typing import Any


class classproperty:
    """A read-only property of the class."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __get__(self, instance: object, owner: type) -> Any:
        return self.function(owner)


class Model:
    prefix = "app"

    @classproperty
    def table(cls) -> str:
        return f"{cls.prefix}_{cls.__name__.lower()}"


class Invoice(Model):
    prefix = "shop"


# %% [mistake] like-a-property
# says: `Model.table` gave the descriptor itself
class classproperty:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return self if instance is None else self.function(owner)


# %% [mistake] type-of-instance
# says: type object 'NoneType' has no attribute 'prefix'
class classproperty:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return self.function(type(instance))


# %% [mistake] computes-once
# says: `Invoice.table, read after Model.table,` gave `'app_model'`
class classproperty:
    def __init__(self, function):
        self.function = function
        self.value = None

    def __get__(self, instance, owner):
        if self.value is None:
            self.value = self.function(owner)
        return self.value


# %% [mistake] caches-by-class
# says: `Model.prefix = 'web'; Model.table` gave `'app_model'`
class classproperty:
    def __init__(self, function):
        self.function = function
        self.values = {}

    def __get__(self, instance, owner):
        if owner not in self.values:
            self.values[owner] = self.function(owner)
        return self.values[owner]


# %% [mistake] passes-the-instance
# says: object has no attribute '__name__'
class classproperty:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return self.function(owner if instance is None else instance)
