# %% [check]
"""A descriptor that keeps numbers between two ends."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    clamped: Any = work.get("Clamped", type)
    body = {"degrees": clamped(-40, 85), "target": clamped(0, 30)}
    probe: Any = type("Probe", (), body)
    reading, other = probe(), probe()
    for given, kept in ((21.5, 21.5), (2000, 85), (-300, -40)):
        reading.degrees = given
        got = reading.degrees
        work.equal(got, kept, f"reading.degrees = {given}; reading.degrees")
    reading.degrees, other.degrees = 20, 7
    work.require(
        reading.degrees == 20,
        f"`other.degrees = 7` also changed `reading.degrees`, from 20 to {reading.degrees}: "
        "both readings share one value.",
    )
    reading.target = 5
    work.require(
        reading.degrees == 20,
        f"`reading.target = 5` also changed `reading.degrees`, from 20 to {reading.degrees}: "
        "two attributes of one reading share one value.",
    )
    try:
        on_class = probe.degrees
    except Exception as error:
        work.fail(
            f"reading `Celsius.degrees` on the class raised `{type(error).__name__}: {error}`. "
            "There is no instance in that case."
        )
    work.require(
        isinstance(on_class, clamped),
        f"`Celsius.degrees` on the class gave `{on_class!r}`; it should give the descriptor.",
    )
    return "Both ends hold, readings stay apart, and the class shows its descriptor."


# %% [hint]
# Three events, three methods. Which one does Python call when you *assign* to the attribute, which
# when you read it, and which when the class body has run?

# %% [hint]
# There is one `Clamped` object for all instances, so the value cannot stay on `self`. It belongs to
# `instance`, under a name that `__set_name__` tells you.

# %% [hint]
# A data descriptor may keep its value in `instance.__dict__[self.name]`, under its own name: it
# still comes first. `setattr(instance, self.name, …)` would come straight back to `__set__`.

# %% [hint]
# `max(self.low, min(value, self.high))` is the nearest value inside. When the class is read,
# `instance` is `None`: return `self`.

# %% [solution]
from typing import Any


class Clamped:
    """Keeps a number between `low` and `high`."""

    name: str

    def __init__(self, low: float, high: float) -> None:
        self.low = low
        self.high = high

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: float) -> None:
        instance.__dict__[self.name] = max(self.low, min(value, self.high))


class Celsius:
    degrees = Clamped(-273.15, 1000)
    target = Clamped(0, 100)


# %% [mistake] shared-state
# says: both readings share one value
class Clamped:
    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __get__(self, instance, owner=None):
        return self if instance is None else self.value

    def __set__(self, instance, value):
        self.value = max(self.low, min(value, self.high))


class Celsius:
    degrees = Clamped(-273.15, 1000)


# %% [mistake] upper-end-only
# says: `reading.degrees = -300; reading.degrees` gave `-300`; it should give `-40`
class Clamped:
    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = min(value, self.high)


class Celsius:
    degrees = Clamped(-273.15, 1000)


# %% [mistake] forgot-the-class
# says: There is no instance in that case
class Clamped:
    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = max(self.low, min(value, self.high))


class Celsius:
    degrees = Clamped(-273.15, 1000)


# %% [mistake] endless-assignment
# says: your code called itself until Python gave up
class Clamped:
    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        setattr(instance, self.name, max(self.low, min(value, self.high)))


class Celsius:
    degrees = Clamped(-273.15, 1000)


# %% [mistake] fixed-name
# says: two attributes of one reading share one value
class Clamped:
    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __get__(self, instance, owner=None):
        return self if instance is None else instance._value

    def __set__(self, instance, value):
        instance._value = max(self.low, min(value, self.high))


class Celsius:
    degrees = Clamped(-273.15, 1000)
