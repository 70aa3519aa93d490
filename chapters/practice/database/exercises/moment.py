# %% [check]
"""A column type: a moment goes in aware, is kept as whole seconds, comes out in UTC."""

import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from seethrough.exercises import Work
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, func, select
from sqlalchemy.exc import StatementError

TOKYO = datetime(2026, 12, 3, 18, 0, tzinfo=timezone(timedelta(hours=9)))


def check(work: Work) -> str:
    kind: Any = work.get("Moment", type)
    table = Table("events", MetaData(), Column("id", Integer, primary_key=True), Column("at", kind))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        _store(work, connection, table, TOKYO)
        kept = connection.exec_driver_sql("SELECT at, typeof(at) FROM events").one()
        work.require(
            kept == (1796288400, "integer"),
            f"`{TOKYO}` is kept as `{kept[0]!r}` ({kept[1]}); it should be the whole seconds "
            "since 1970 in UTC, 1796288400.",
        )
        got = connection.scalar(select(table.c.at))
        work.require(
            isinstance(got, datetime) and got.tzinfo is not None,
            f"`{TOKYO}` came out as `{got!r}`, which does not know its zone.",
        )
        work.equal((got, got.utcoffset()), (TOKYO, timedelta()), "the moment and its offset")
        same = select(func.count()).select_from(table).where(table.c.at == TOKYO.astimezone(UTC))
        work.equal(connection.scalar(same), 1, "the number of rows where at == the same in UTC")
        connection.execute(table.delete())
        _store(work, connection, table, None)
        work.equal(connection.scalar(select(table.c.at)), None, "a moment that was None")
        try:
            connection.execute(table.insert().values(at=datetime(2026, 12, 3, 18, 0)))
        except StatementError as error:
            wrong = error.orig
            work.require(
                isinstance(wrong, ValueError),
                f"a naive moment raised `{type(wrong).__name__}`; it should be `ValueError`.",
            )
        else:
            work.fail("a moment without its zone was stored, as if it were one of this machine.")
    return "Aware in, whole seconds inside, aware out."


def _store(work: Work, connection: Connection, table: Table, moment: datetime | None) -> None:
    try:
        with warnings.catch_warnings():
            # What sqlite3 says of datetimes that arrive unconverted, the check says itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            connection.execute(table.insert().values(at=moment))
    except StatementError as error:
        work.fail(f"storing `{moment}` raised `{type(error.orig).__name__}: {error.orig}`.")


# %% [hint]
# Two methods translate: `process_bind_param(self, value, dialect)` on the way in,
# `process_result_value(self, value, dialect)` on the way out.

# %% [hint]
# `None` goes through both. A moment without `tzinfo` is refused with `ValueError` before anything
# else.

# %% [hint]
# An aware datetime's `timestamp()` is in seconds since 1970 in UTC, whatever its zone; `int(…)`
# cuts the fraction.

# %% [hint]
# Out: `datetime.fromtimestamp(value, UTC)`. Without the second argument it would be the time of
# this machine, and naive.

# %% [solution]
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment, kept as whole seconds since 1970 in UTC."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without its zone: {value}")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


# %% [mistake] naive-out
# says: which does not know its zone
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, TypeDecorator


class Moment(TypeDecorator[datetime]):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is not None and value.tzinfo is None:
            raise ValueError("no zone")
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)


# %% [mistake] none-forgotten
# says: storing `None` raised `AttributeError
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, TypeDecorator


class Moment(TypeDecorator[datetime]):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value.tzinfo is None:
            raise ValueError("no zone")
        return int(value.timestamp())

    def process_result_value(self, value, dialect):
        return datetime.fromtimestamp(value, UTC)


# %% [mistake] naive-in
# says: a moment without its zone was stored
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, TypeDecorator


class Moment(TypeDecorator[datetime]):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value, dialect):
        return None if value is None else datetime.fromtimestamp(value, UTC)


# %% [mistake] zone-thrown-away
# says: is kept as `1796320800` (integer)
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, TypeDecorator


class Moment(TypeDecorator[datetime]):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("no zone")
        return int(value.replace(tzinfo=UTC).timestamp())

    def process_result_value(self, value, dialect):
        return None if value is None else datetime.fromtimestamp(value, UTC)
