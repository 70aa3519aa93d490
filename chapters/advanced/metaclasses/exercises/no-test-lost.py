# %% [check]
"""A metaclass whose class bodies cannot bind a name twice."""

from collections.abc import Callable
from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    suite = work.get("Suite", type)
    work.require(
        issubclass(suite, type), "`Suite` is not a metaclass: it does not inherit from `type`."
    )
    good = define(suite, two_tests)
    work.require(
        callable(getattr(good, "test_total", None)),
        "a class with two different tests has lost `test_total`.",
    )
    error = work.raises(
        TypeError, lambda: define(suite, lost_test), "def test_empty(self); def test_empty(self)"
    )
    work.require("test_empty" in str(error), f"the message `{error}` does not name `test_empty`.")
    work.raises(TypeError, lambda: define(suite, constant_then_test), "LIMIT = 1; def LIMIT(self)")
    allowed(work, lambda: define(suite, with_property), "a property with setter and deleter")
    allowed(work, lambda: define(suite, with_dunder), "a body that binds `__slots__` twice")
    work.raises(
        TypeError,
        lambda: define(suite, hidden_property),
        "amount = property(…); def amount(self)",
    )
    allowed(work, lambda: define(suite, two_tests, tag="slow"), "a class argument, `tag='slow'`,")
    return "A test of the same name is an error, a property setter is not."


def allowed(work: Work, action: Callable[[], object], what: str) -> None:
    try:
        action()
    except Exception as error:
        work.fail(f"{what} raised `{type(error).__name__}: {error}`; it should be allowed.")


def define(suite: Any, body: Callable[[Any], None], **options: object) -> Any:
    namespace = suite.__prepare__("TestBasket", (Accepts,), **options)
    namespace["__module__"] = "__main__"
    body(namespace)
    return suite("TestBasket", (Accepts,), namespace, **options)


class Accepts:
    def __init_subclass__(cls, *, tag: str = "") -> None: ...


def method(*_: object) -> int:
    return 1


def two_tests(namespace: Any) -> None:
    namespace["test_empty"] = method
    namespace["test_total"] = method


def lost_test(namespace: Any) -> None:
    two_tests(namespace)
    namespace["test_empty"] = method


def constant_then_test(namespace: Any) -> None:
    namespace["LIMIT"] = 1
    namespace["LIMIT"] = method


def with_property(namespace: Any) -> None:
    namespace["amount"] = property(method)
    namespace["amount"] = namespace["amount"].setter(method)
    namespace["amount"] = namespace["amount"].deleter(method)


def hidden_property(namespace: Any) -> None:
    namespace["amount"] = property(method)
    namespace["amount"] = method


def with_dunder(namespace: Any) -> None:
    namespace["__slots__"] = ("a",)
    namespace["__slots__"] = ("b",)


# %% [hint]
# By the time a decorator or `__init_subclass__` runs, the first method is gone. What does the body write into,
# and who may choose it?

# %% [hint]
# `__prepare__` is a class method of the metaclass that returns the mapping. Return a subclass of `dict` with its own
# `__setitem__`. It also receives the class arguments: `**options`.

# %% [hint]
# `@amount.setter` gives a *new* property whose getter is that of the old one. A binding is fine if both the old and
# the new value are properties and `new.fget is old.fget`.

# %% [solution]
from typing import Any, override


class OnceOnly(dict[str, Any]):
    """A class namespace that refuses a second binding."""

    @override
    def __setitem__(self, name: str, value: object) -> None:
        if name in self and not name.startswith("__") and not grows(self[name], value):
            message = f"{name} is defined twice"
            raise TypeError(message)
        super().__setitem__(name, value)


def grows(old: object, new: object) -> bool:
    """Tell whether `new` is the property `old` with a setter or deleter more."""
    both = isinstance(old, property) and isinstance(new, property)
    return both and new.fget is old.fget


class Suite(type):
    """Refuse a class body that binds a name twice."""

    @override
    @classmethod
    def __prepare__(mcls, name: str, bases: tuple[type, ...], /, **options: Any) -> OnceOnly:
        return OnceOnly()


# %% [mistake] too-late
# says: should raise `TypeError`; it gave
class Suite(type):
    def __new__(mcls, name, bases, namespace, **options):
        if len(set(namespace)) != len(list(namespace)):
            raise TypeError("a name is defined twice")
        return super().__new__(mcls, name, bases, namespace, **options)


# %% [mistake] no-setters
# says: a property with setter and deleter raised
class OnceOnly(dict):
    def __setitem__(self, name, value):
        if name in self and not name.startswith("__"):
            raise TypeError(f"{name} is defined twice")
        super().__setitem__(name, value)


class Suite(type):
    @classmethod
    def __prepare__(mcls, name, bases, **options):
        return OnceOnly()


# %% [mistake] any-property
# says: `amount = property(…); def amount(self)` should raise
class OnceOnly(dict):
    def __setitem__(self, name, value):
        old = self.get(name)
        if name in self and not name.startswith("__") and not isinstance(old, property):
            raise TypeError(f"{name} is defined twice")
        super().__setitem__(name, value)


class Suite(type):
    @classmethod
    def __prepare__(mcls, name, bases, **options):
        return OnceOnly()


# %% [mistake] only-tests
# says: LIMIT = 1; def LIMIT(self)
class OnceOnly(dict):
    def __setitem__(self, name, value):
        if name in self and name.startswith("test_"):
            raise TypeError(f"{name} is defined twice")
        super().__setitem__(name, value)


class Suite(type):
    @classmethod
    def __prepare__(mcls, name, bases, **options):
        return OnceOnly()


# %% [mistake] no-class-arguments
# says: a class argument, `tag='slow'`, raised `TypeError
class OnceOnly(dict):
    def __setitem__(self, name, value):
        old = self.get(name)
        setter = isinstance(old, property) and isinstance(value, property)
        if name in self and not name.startswith("__") and not setter:
            raise TypeError(f"{name} is defined twice")
        super().__setitem__(name, value)


class Suite(type):
    @classmethod
    def __prepare__(mcls, name, bases):
        return OnceOnly()
