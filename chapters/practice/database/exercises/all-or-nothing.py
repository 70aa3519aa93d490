# %% [check]
"""A transfer is kept whole or not at all, also when the caller goes on with the session."""

from typing import Any

from seethrough.exercises import Work
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session


def check(work: Work) -> str:
    engine = _bank(work)
    with Session(engine) as session:
        work.get("transfer")(session, "ada", "bob", 30)
    got = _balances(work, engine)
    work.require(
        got != {"ada": 100, "bob": 20},
        "`transfer` returned, and a new session sees nothing of it: nobody committed.",
    )
    work.equal(got, {"ada": 70, "bob": 50}, "the balances after transfer(…, 'ada', 'bob', 30)")
    _fails(work, LookupError, ("ada", "eve", 30), "to somebody without an account")
    _fails(work, IntegrityError, ("bob", "ada", 21), "of more than there is")
    engine = _bank(work)
    with Session(engine) as session:
        work.get("change")(session, "ada", -1)
    work.require(
        _balances(work, engine)["ada"] == 100,
        "`change` alone was kept though its caller never committed: it cannot be combined.",
    )
    return "Whole or not at all, and the session can be used again."


def _fails(work: Work, kind: type[Exception], values: tuple[str, str, int], what: str) -> None:
    giver, taker, amount = values
    doing = f"transfer(session, {giver!r}, {taker!r}, {amount})"
    transfer = work.get("transfer")
    engine = _bank(work)
    with Session(engine) as session:
        work.raises(kind, lambda: transfer(session, giver, taker, amount), doing)
    got = _balances(work, engine)
    work.require(
        got == {"ada": 100, "bob": 20},
        f"a transfer {what} raised, and left `{got}` in the database: half of it was committed.",
    )
    engine = _bank(work)
    with Session(engine) as session:
        work.raises(kind, lambda: transfer(session, giver, taker, amount), doing)
        try:
            session.commit()  # the caller has caught the error and goes on
        except Exception as error:
            work.fail(
                f"after a transfer {what} the caller's `session.commit()` raised "
                f"`{type(error).__name__}`: the broken transaction was not rolled back."
            )
    got = _balances(work, engine)
    work.require(
        got == {"ada": 100, "bob": 20},
        f"a transfer {what} raised; the caller caught that and committed, and the database has "
        f"`{got}`: half of it was still waiting in the session.",
    )


def _bank(work: Work) -> Engine:
    account: Any = work.get("Account", type)
    engine = create_engine("sqlite://")
    work.get("Base", type).metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([account(owner="ada", balance=100), account(owner="bob", balance=20)])
        session.commit()
    return engine


def _balances(work: Work, engine: Engine) -> dict[str, int]:
    account: Any = work.get("Account", type)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT owner, balance FROM {account.__tablename__}")
        return {owner: balance for owner, balance in rows}


# %% [hint]
# Who commits? A function that others combine must leave that to whoever knows what belongs
# together.

# %% [hint]
# So `change` flushes. Now look at the failure: the first change was flushed and waits in the
# transaction. What happens to it when the caller catches the error and commits something else?

# %% [hint]
# Either call `session.rollback()` before the error goes on, or put both changes into a savepoint:
# `with session.begin_nested():` rolls back what is inside when it is left by an exception.

# %% [hint]
# After the block, and only then: `session.commit()`.

# %% [solution]
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.flush()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    with session.begin_nested():
        change(session, giver, -amount)
        change(session, taker, amount)
    session.commit()


# %% [mistake] each-step-commits
# says: left `{'ada': 70, 'bob': 20}` in the database: half of it was committed
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.commit()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    change(session, giver, -amount)
    change(session, taker, amount)


# %% [mistake] nobody-commits
# says: a new session sees nothing of it
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.flush()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    change(session, giver, -amount)
    change(session, taker, amount)


# %% [mistake] no-rollback
# says: half of it was still waiting in the session
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.flush()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    change(session, giver, -amount)
    change(session, taker, amount)
    session.commit()


# %% [mistake] swallowed
# says: should raise `LookupError`; it gave `None`
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.flush()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    try:
        change(session, giver, -amount)
        change(session, taker, amount)
        session.commit()
    except Exception:
        session.rollback()


# %% [mistake] still-commits-in-change
# says: `change` alone was kept
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="no_debt"),)

    owner: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]


def account_of(session: Session, owner: str) -> Account:
    found = session.scalar(select(Account).where(Account.owner == owner))
    if found is None:
        raise LookupError(f"{owner} has no account")
    return found


def change(session: Session, owner: str, amount: int) -> None:
    account_of(session, owner).balance += amount
    session.commit()


def transfer(session: Session, giver: str, taker: str, amount: int) -> None:
    one, other = account_of(session, giver), account_of(session, taker)
    try:
        one.balance -= amount
        other.balance += amount
        session.commit()
    except Exception:
        session.rollback()
        raise
