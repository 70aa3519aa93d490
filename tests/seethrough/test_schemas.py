"""Does the contract say what the signature says?"""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from seethrough.schemas import contract, signature, unfold


class Order(BaseModel):
    title: Annotated[str, Field(min_length=1)]
    lines: list[int] = []


def plain(limit: int): ...


def bounded(limit: Annotated[int, Query(ge=1, le=9)] = 5): ...


def answers(limit: Annotated[int, Query(ge=1, le=9)] = 5) -> list[Order]: ...


def takes(order: Order, kind: str | None = None) -> Order: ...


def test_where_each_argument_is_read_from():
    assert contract(takes, method="POST", status_code=201) == [
        "query kind: string or null, optional",
        "body (application/json): object, required",
        "body (application/json).title: string, required",
        "body (application/json).title: shortest 1",
        "body (application/json).lines: array of integer, optional, default []",
        "201: object",
        "201.title: string, required",
        "201.title: shortest 1",
        "201.lines: array of integer, optional, default []",
        "422: a list of errors",
    ]


def test_each_step_shows_what_it_changed():
    steps = unfold([plain, bounded, answers, answers]).steps
    assert [list(changed) for _, changed in steps[1:]] == [
        [
            "- query limit: integer, required",
            "+ query limit: integer, optional, default 5",
            "+ query limit: at least 1",
            "+ query limit: at most 9",
        ],
        [
            "- 200: anything",
            "+ 200: array of Order",
            "+ 200[].title: string, required",
            "+ 200[].title: shortest 1",
            "+ 200[].lines: array of integer, optional, default []",
        ],
        [],
    ]


def test_a_signature_is_written_as_its_author_did():
    assert signature(bounded) == "(limit: Annotated[int, Query(ge=1, le=9)]=5)"
    assert signature(eval("lambda limit: limit")) == "(limit)"


def test_the_picture_is_the_text():
    unfolding = unfold([plain, plain])
    assert "(no change)" in unfolding.text
    assert unfolding.picture.text == unfolding.text
    assert "+ query limit: integer, required" in unfolding.picture.svg
