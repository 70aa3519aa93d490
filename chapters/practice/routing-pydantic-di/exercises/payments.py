# %% [check]
"""A list of one of three shapes, each bad member reported once and in its place."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from seethrough.exercises import Work

CARD = {"method": "card", "last4": "4242", "cents": 1200}
TRANSFER = {"method": "transfer", "iban": "DE02", "cents": 5}
CASH = {"method": "cash", "cents": 80}


def check(work: Work) -> str:
    parse: Callable[[str], Any] = work.get("parse")
    good = parse(json.dumps([CASH, CARD, TRANSFER]))
    names = [type(payment).__name__ for payment in good]
    work.equal(names, ["Cash", "Card", "Transfer"], "the classes of [cash, card, transfer]")
    work.equal(good[1].last4, "4242", "the card's last4")
    work.equal(parse("[]"), [], "parse('[]')")
    bad: list[tuple[dict[str, Any], str]] = [
        ({**CASH, "cents": 0}, "0 cents"),
        ({**CASH, "cents": "80"}, "cents as text"),
        ({**CARD, "last4": "12"}, "a card with two digits"),
        ({**CARD, "last4": "12ab"}, "a card with letters"),
        ({**CARD, "last4": "42424"}, "a card with five digits"),
        ({"method": "transfer", "cents": 5}, "a transfer without iban"),
        ({"method": "cheque", "cents": 5}, "a cheque"),
    ]
    for payment, words in bad:
        text = json.dumps([CASH, payment])
        error = work.raises(ValidationError, lambda text=text: parse(text), f"parse: {words}")
        problems = error.errors()
        work.require(
            len(problems) == 1,
            f"{words} gave {len(problems)} errors, at {[each['loc'] for each in problems]}; "
            "it should be one.",
        )
        work.require(
            problems[0]["loc"][:1] == (1,),
            f"{words} as the second payment was reported at `{problems[0]['loc']}`; that does "
            "not name its place in the list, 1.",
        )
    return "Three shapes, one tag, and each error where it belongs."


# %% [hint]
# Three models with `method: Literal["card"]` and so on. What they share goes into a base class.

# %% [hint]
# `Annotated[Card | Transfer | Cash, Field(discriminator="method")]` reads the tag first, so only one
# model reports errors.

# %% [hint]
# `TypeAdapter(list[Payment]).validate_json(text)` needs no model around the list, and errors begin with
# the index.

# %% [hint]
# `cents: int = Field(gt=0, strict=True)` refuses text, `last4: str = Field(pattern=r"^[0-9]{4}$")` counts
# digits.

# %% [solution]
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter


class Base(BaseModel):
    """What all payments have."""

    cents: int = Field(gt=0, strict=True)


class Card(Base):
    """Paid by card."""

    method: Literal["card"]
    last4: str = Field(pattern=r"^[0-9]{4}$")


class Transfer(Base):
    """Paid from an account."""

    method: Literal["transfer"]
    iban: str


class Cash(Base):
    """Paid in coins."""

    method: Literal["cash"]


Payment = Annotated[Card | Transfer | Cash, Field(discriminator="method")]
PAYMENTS: TypeAdapter[list[Any]] = TypeAdapter(list[Payment])


def parse(text: str) -> list[Any]:
    """Return payments."""
    return PAYMENTS.validate_json(text)


# %% [mistake] plain-union
# says: it should be one.
from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter


class Base(BaseModel):
    cents: int = Field(gt=0, strict=True)


class Card(Base):
    method: Literal["card"]
    last4: str = Field(pattern=r"^[0-9]{4}$")


class Transfer(Base):
    method: Literal["transfer"]
    iban: str


class Cash(Base):
    method: Literal["cash"]


def parse(text):
    return TypeAdapter(list[Card | Transfer | Cash]).validate_json(text)


# %% [mistake] one-by-one
# says: that does not name its place in the list
import json
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter


class Base(BaseModel):
    cents: int = Field(gt=0, strict=True)


class Card(Base):
    method: Literal["card"]
    last4: str = Field(pattern=r"^[0-9]{4}$")


class Transfer(Base):
    method: Literal["transfer"]
    iban: str


class Cash(Base):
    method: Literal["cash"]


Payment = Annotated[Card | Transfer | Cash, Field(discriminator="method")]


def parse(text):
    one = TypeAdapter(Payment)
    return [one.validate_python(payment) for payment in json.loads(text)]


# %% [mistake] text-is-money
# says: `parse: cents as text` should raise `ValidationError`
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter


class Base(BaseModel):
    cents: int = Field(gt=0)


class Card(Base):
    method: Literal["card"]
    last4: str = Field(pattern=r"^[0-9]{4}$")


class Transfer(Base):
    method: Literal["transfer"]
    iban: str


class Cash(Base):
    method: Literal["cash"]


Payment = Annotated[Card | Transfer | Cash, Field(discriminator="method")]


def parse(text):
    return TypeAdapter(list[Payment]).validate_json(text)


# %% [mistake] four-characters
# says: `parse: a card with letters` should raise `ValidationError`
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter


class Base(BaseModel):
    cents: int = Field(gt=0, strict=True)


class Card(Base):
    method: Literal["card"]
    last4: str = Field(min_length=4, max_length=4)


class Transfer(Base):
    method: Literal["transfer"]
    iban: str


class Cash(Base):
    method: Literal["cash"]


Payment = Annotated[Card | Transfer | Cash, Field(discriminator="method")]


def parse(text):
    return TypeAdapter(list[Payment]).validate_json(text)
