# %% [check]
"""A session whose commits are taken back."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from seethrough.exercises import Work

METADATA = MetaData()
TAGS = Table("tags", METADATA, Column("name", String(30), primary_key=True))
COUNT = select(func.count()).select_from(TAGS)


def fresh() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    return engine


def rows(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(COUNT) or 0


def check(work: Work) -> str:
    rolled_back = work.get("rolled_back")
    engine = fresh()
    try:
        commits(work, rolled_back, engine)
        again(work, rolled_back, engine)
        crash(work, rolled_back, engine)
    finally:
        engine.dispose()
    return "Two commits, a rollback and a crash, and the table is empty after each."


def commits(work: Work, rolled_back: Callable[[Engine], Any], engine: Engine) -> None:
    with rolled_back(engine) as session:
        for name in ("home", "work"):
            session.execute(TAGS.insert().values(name=name))
            session.commit()
        found = session.scalar(COUNT)
    work.require(
        found == 2,
        f"the block added two tags and committed each; inside it the table had {found} of them.",
    )
    left = rows(engine)
    work.require(
        left == 0,
        f"the block added two tags and committed each; afterwards the table still has {left} "
        "of them.",
    )


def again(work: Work, rolled_back: Callable[[Engine], Any], engine: Engine) -> None:
    with rolled_back(engine) as session:
        session.execute(TAGS.insert().values(name="home"))
        session.commit()
        session.execute(TAGS.insert().values(name="work"))
        session.rollback()
        found = session.scalar(COUNT)
    work.require(
        found == 1,
        f"the code under test committed one tag and rolled another back; then it saw {found} "
        "tags. Its rollback should take back its own step only.",
    )
    work.require(
        (left := rows(engine)) == 0,
        f"a block that rolled back itself left {left} tags in the table.",
    )


def crash(work: Work, rolled_back: Callable[[Engine], Any], engine: Engine) -> None:
    try:
        with rolled_back(engine) as session:
            session.execute(TAGS.insert().values(name="home"))
            session.commit()
            raise LookupError("the test failed")
    except LookupError:
        pass
    try:
        left = rows(engine)
    except SQLAlchemyError as error:
        work.fail(f"after a block that failed, the next query raised `{type(error).__name__}`.")
    work.require(left == 0, f"a block that failed after its commit left {left} tag behind.")


# %% [hint]
# The session must not own the transaction. Open a connection, begin on it, and give the *connection* to the
# session: `Session(connection, ...)`.

# %% [hint]
# `join_transaction_mode="create_savepoint"` makes the session's commits end savepoints. Behind the `yield`
# roll back what `connection.begin()` returned, in a `finally`.

# %% [hint]
# Python's sqlite3 does not begin before a SAVEPOINT, so that the savepoint is the whole transaction. Say it
# yourself, right after `connection.begin()`: `connection.exec_driver_sql("BEGIN")`.

# %% [solution]
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """Give a session whose commits are taken back when the block ends."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.exec_driver_sql("BEGIN")
        try:
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                yield session
        finally:
            outer.rollback()


# %% [mistake] session-rollback
# says: afterwards the table still has 2 of them
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def rolled_back(engine):
    with Session(engine) as session:
        try:
            yield session
        finally:
            session.rollback()


# %% [mistake] no-begin
# says: afterwards the table still has 2 of them
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def rolled_back(engine):
    with engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                yield session
        finally:
            outer.rollback()


# %% [mistake] rollback-only
# says: rolled another back; then it saw 0 tags
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def rolled_back(engine):
    with engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(connection, join_transaction_mode="rollback_only") as session:
                yield session
        finally:
            if outer.is_active:
                outer.rollback()
