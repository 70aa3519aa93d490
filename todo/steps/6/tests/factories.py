"""Strategies for Hypothesis: what a client may send, and what a row may hold."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from todo.models import Priority, Todo
from todo.pagination import MAX_ID, Cursor, Order

priorities = st.sampled_from(Priority)
orders = st.sampled_from(Order)
ids = st.integers(min_value=1, max_value=MAX_ID)
# Offsets, as JSON has them. The hour that a zone leaves out in spring is no moment.
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(timezones=offsets)
tag_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,29}", fullmatch=True)
tag_sets = st.sets(tag_names, max_size=5)
cursors = st.builds(Cursor, order=orders, priority=priorities, id=ids)


def todo(todo_id: int = 1, priority: Priority = Priority.NORMAL) -> Todo:
    """Return a todo that no session knows."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    return Todo(
        id=todo_id,
        owner_id=1,
        title="Pay rent",
        done=False,
        priority=priority,
        created_at=noon,
        updated_at=noon,
        tag_rows=[],
    )
