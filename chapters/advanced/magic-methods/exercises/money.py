# %% [check]
"""A value type: addition that lets strangers answer, `sum`, equality and a hash that agree."""

from typing import Any

from seethrough.exercises import Work


class _Tip:
    def __radd__(self, other: object) -> str:
        return "tip answered"


def check(work: Work) -> str:
    money: Any = work.get("Money", type)
    work.require(
        money(5) == money(5),
        "`Money(5) == Money(5)` is `False`: two amounts are still compared by identity.",
    )
    work.require(not (money(5) == 5), "`Money(5) == 5` is true; 5 of what?")
    work.require(not (money(5) == "tea"), "`Money(5) == 'tea'` is true.")
    work.require(
        money.__hash__ is not None,
        "`{Money(5): 'tea'}` raises: your `__eq__` set `__hash__` to `None`.",
    )
    work.equal({money(5): "tea"}.get(money(5)), "tea", "{Money(5): 'tea'}.get(Money(5))")
    first, second = money(5), money(7)
    both = first + second
    work.require(isinstance(both, money), f"`Money(5) + Money(7)` gave `{both!r}`, no `Money`.")
    work.equal(both.cents, 12, "(Money(5) + Money(7)).cents")
    work.equal((first.cents, second.cents), (5, 7), "the operands' cents after the addition")
    try:
        answered = money(5) + _Tip()
    except Exception as error:
        work.fail(
            f"`Money(5) + Tip()` raised `{type(error).__name__}: {error}` in your `__add__`, and "
            "`Tip.__radd__` never had its turn."
        )
    work.equal(answered, "tip answered", "Money(5) + Tip()")
    work.raises(TypeError, lambda: money(5) + 5, "Money(5) + 5")
    work.raises(TypeError, lambda: 5 + money(5), "5 + Money(5)")
    try:
        total = sum([money(5), money(7)])
    except TypeError as error:
        work.fail(f"`sum([Money(5), Money(7)])` raised `TypeError: {error}`: it begins with 0.")
    work.equal(total.cents, 12, "sum([Money(5), Money(7)]).cents")
    return "Amounts add, sum, compare and serve as keys, and strangers get their turn."


# %% [hint]
# Four methods are needed: `__eq__` and `__hash__`, which go together, and two for `+`.

# %% [hint]
# What does a method return to say *ask the other operand*? It is a value, and it is returned.

# %% [hint]
# `sum` computes `0 + first`. `int` refuses, and then `first.__radd__(0)` is asked. Accept 0 and
# nothing else there.


# %% [solution]
class Money:
    """An amount in cents."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __add__(self, other: object) -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.cents + other.cents)

    def __radd__(self, other: object) -> "Money":
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.cents == other.cents

    def __hash__(self) -> int:
        return hash((Money, self.cents))


# %% [mistake] no-hash
# says: your `__eq__` set `__hash__` to `None`
class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        return Money(self.cents + other.cents)

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents


# %% [mistake] raises-itself
# says: `Tip.__radd__` never had its turn
class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        if not isinstance(other, Money):
            raise TypeError("only money can be added")
        return Money(self.cents + other.cents)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents

    def __hash__(self):
        return hash(self.cents)


# %% [mistake] no-reflection
# says: it begins with 0
class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.cents + other.cents)

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents

    def __hash__(self):
        return hash(self.cents)


# %% [mistake] changes-the-left-operand
# says: the operands' cents after the addition` gave `(12, 7)`
class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        self.cents += other.cents
        return self

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents

    def __hash__(self):
        return hash(self.cents)


# %% [mistake] adds-any-number
# says: `5 + Money(5)` should raise `TypeError`
class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.cents + other.cents)

    def __radd__(self, other):
        return Money(self.cents + other)

    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents

    def __hash__(self):
        return hash(self.cents)
