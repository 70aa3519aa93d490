"""What holds for every value, tried with many."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.factories import cursors, moments, orders, priorities, tag_sets, todo
from todo.errors import InvalidError
from todo.models import Priority
from todo.pagination import Cursor, Order
from todo.schemas import Moment, TodoUpdate

# What a test says must not depend on how busy the machine is.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

moment = TypeAdapter(Moment)


@given(cursors)
def test_a_cursor_comes_back_as_it_went(cursor: Cursor) -> None:
    assert Cursor.decode(cursor.encode(), cursor.order) == cursor


@given(cursors, orders)
def test_a_cursor_is_good_for_one_order(cursor: Cursor, order: Order) -> None:
    if order is not cursor.order:
        with pytest.raises(InvalidError):
            Cursor.decode(cursor.encode(), order)


@given(st.one_of(st.text(), st.binary().map(lambda b: urlsafe_b64encode(b).decode())))
def test_no_text_at_all_breaks_the_cursor(text: str) -> None:
    with pytest.raises(InvalidError):
        Cursor.decode(text, Order.OLDEST)


@given(priorities, orders)
def test_a_cursor_names_its_row(priority: Priority, order: Order) -> None:
    cursor = Cursor.of(todo(7, priority), order)
    assert (cursor.order, cursor.priority, cursor.id) == (order, priority, 7)


@given(moments)
def test_a_moment_keeps_its_place_in_time(value: datetime) -> None:
    try:
        kept = moment.validate_python(value)
    except ValidationError:
        # The only reason: in UTC it is outside the years that there are.
        assert value.year in {1, 9999}
        return
    assert kept == value
    assert kept.tzinfo is UTC


@given(tag_sets, tag_sets)
def test_retagging_leaves_what_stays(before: set[str], after: set[str]) -> None:
    tagged = todo()
    tagged.retag(before)
    rows = {row.name: row for row in tagged.tag_rows}
    tagged.retag(after)
    assert tagged.tags == sorted(after)
    for row in tagged.tag_rows:
        if row.name in before:
            assert row is rows[row.name]


@given(st.sets(st.sampled_from(sorted(TodoUpdate.model_fields))), tag_sets)
def test_what_was_sent_is_what_is_changed(names: set[str], tags: set[str]) -> None:
    full = {
        "title": "Rent",
        "notes": None,
        "done": True,
        "priority": 3,
        "due_at": "2026-12-03T09:00:00Z",
        "tags": sorted(tags),
    }
    change = TodoUpdate.model_validate({name: full[name] for name in names})
    assert change.sent().keys() == names
