# %% [check]
"""Sell tickets so that none is sold twice: a version counter, and another try."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from seethrough.exercises import Work
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


def check(work: Work) -> str:
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'tickets.db'}")
        try:
            return _check(work, engine)
        finally:
            engine.dispose()


def _check(work: Work, engine: Engine) -> str:
    take = work.get("take")
    _begin(work, engine)
    take(sessionmaker(engine), "concert", 2)
    work.equal(_left(engine), 8, "the tickets left of 10 after take(…, 'concert', 2)")
    _begin(work, engine)
    try:
        take(_with_rival(engine, times=1), "concert", 2)
    except StaleDataError:
        work.fail(
            "a rival was faster once, and `take` passed the `StaleDataError` on; it had two more "
            "tries."
        )
    left = _left(engine)
    work.require(
        left != 8,
        "a rival took 3 of 10 between your reading and your writing, you took 2, and 8 are left: "
        "the rival's 3 will be sold again.",
    )
    work.equal(left, 5, "the tickets left of 10 after a rival took 3 and take(…) took 2")
    _begin(work, engine)
    sold_out = work.get("SoldOut", type)
    work.raises(sold_out, lambda: take(sessionmaker(engine), "concert", 11), "take(…, 11) of 10")
    work.equal(_left(engine), 10, "the tickets left after that")
    work.raises(
        sold_out, lambda: take(_with_rival(engine, times=1), "concert", 8), "take(…, 8), a rival "
        "being faster and taking 3 of 10",
    )  # fmt: skip
    _begin(work, engine, left=100)
    work.raises(
        StaleDataError, lambda: take(_with_rival(engine, times=10), "concert", 1), "take(…), a "
        "rival being faster each time",
    )  # fmt: skip
    work.equal(_left(engine), 91, "the tickets left of 100 after three rivals, one for each try")
    return "No ticket was sold twice, and after three tries it gives up."


def _begin(work: Work, engine: Engine, left: int = 10) -> None:
    base: Any = work.get("Base", type)
    base.metadata.drop_all(engine)
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(work.get("Ticket", type)(event="concert", left=left))
        session.commit()


def _with_rival(engine: Engine, times: int) -> Any:
    """Make sessions that are overtaken: somebody takes three right before their flush."""
    rivals = iter(range(times))

    def overtake(session: Session, *_: object) -> None:
        if session.dirty and next(rivals, None) is not None:
            with engine.begin() as connection:
                columns = "left = left - 3"
                names = connection.exec_driver_sql("SELECT * FROM tickets").keys()
                if "version" in names:
                    columns += ", version = version + 1"
                connection.exec_driver_sql(f"UPDATE tickets SET {columns}")

    class Overtaken(Session):
        pass

    event.listen(Overtaken, "before_flush", overtake)
    return sessionmaker(engine, class_=Overtaken)


def _left(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT left FROM tickets").scalar()


# %% [hint]
# First make the second writer fail: a column `version`, and `version_id_col` in `__mapper_args__`,
# as in the service's `Todo`. (Keep the name `version`.)

# %% [hint]
# Now the loop. What has to be read again in each try, and how long may a session live that has
# failed?

# %% [hint]
# A session for each try: `with sessions() as session:` inside `for attempt in range(3)`. Return
# when the commit went through.

# %% [hint]
# Catch `StaleDataError` around the commit, and raise it again in the last try: `if attempt == 2:
# raise`. `SoldOut` is decided anew in each try.

# %% [solution]
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


class Base(DeclarativeBase):
    pass


class SoldOut(Exception):
    pass


class Ticket(Base):
    __tablename__ = "tickets"

    event: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def take(sessions: sessionmaker[Session], event: str, amount: int) -> None:
    """Take tickets off the stock; try up to three times when somebody else is faster."""
    for attempt in range(3):
        try:
            with sessions() as session:
                ticket = session.get_one(Ticket, event)
                if ticket.left < amount:
                    raise SoldOut
                ticket.left -= amount
                session.commit()
                return
        except StaleDataError:
            if attempt == 2:
                raise


# %% [mistake] no-version
# says: the rival's 3 will be sold again
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


class Base(DeclarativeBase):
    pass


class SoldOut(Exception):
    pass


class Ticket(Base):
    __tablename__ = "tickets"

    event: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int]


def take(sessions: sessionmaker[Session], event: str, amount: int) -> None:
    for _ in range(3):
        try:
            with sessions() as session:
                ticket = session.get_one(Ticket, event)
                if ticket.left < amount:
                    raise SoldOut
                ticket.left -= amount
                session.commit()
                return
        except StaleDataError:
            continue


# %% [mistake] one-try
# says: passed the `StaleDataError` on
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


class Base(DeclarativeBase):
    pass


class SoldOut(Exception):
    pass


class Ticket(Base):
    __tablename__ = "tickets"

    event: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def take(sessions: sessionmaker[Session], event: str, amount: int) -> None:
    with sessions() as session:
        ticket = session.get_one(Ticket, event)
        if ticket.left < amount:
            raise SoldOut
        ticket.left -= amount
        session.commit()


# %% [mistake] the-same-session
# says: your code raised `PendingRollbackError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


class Base(DeclarativeBase):
    pass


class SoldOut(Exception):
    pass


class Ticket(Base):
    __tablename__ = "tickets"

    event: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def take(sessions: sessionmaker[Session], event: str, amount: int) -> None:
    with sessions() as session:
        for attempt in range(3):
            ticket = session.get_one(Ticket, event)
            if ticket.left < amount:
                raise SoldOut
            ticket.left -= amount
            try:
                session.commit()
                return
            except StaleDataError:
                if attempt == 2:
                    raise


# %% [mistake] never-gives-up
# says: should raise `StaleDataError`
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError


class Base(DeclarativeBase):
    pass


class SoldOut(Exception):
    pass


class Ticket(Base):
    __tablename__ = "tickets"

    event: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def take(sessions: sessionmaker[Session], event: str, amount: int) -> None:
    while True:
        try:
            with sessions() as session:
                ticket = session.get_one(Ticket, event)
                if ticket.left < amount:
                    raise SoldOut
                ticket.left -= amount
                session.commit()
                return
        except StaleDataError:
            continue
