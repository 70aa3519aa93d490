# %% [check]
"""Publish what the outbox holds: in order, nothing lost, as little as possible twice."""

import sqlite3
from collections.abc import Callable
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work


def table(*words: str) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, words TEXT, sent INTEGER)")
    # The highest id was written first: without ORDER BY an index may give any order.
    for number in reversed(range(1, len(words) + 1)):
        db.execute("INSERT INTO outbox VALUES (?, ?, 0)", (number, words[number - 1]))
    db.execute("CREATE INDEX by_words ON outbox (sent, words)")
    db.commit()
    return db


def sent(db: sqlite3.Connection) -> list[int]:
    db.rollback()  # only what was committed counts
    return [row[0] for row in db.execute("SELECT id FROM outbox WHERE sent ORDER BY id")]


def check(work: Work) -> str:
    relay = work.get("relay")
    everything(work, relay)
    a_failure(work, relay)
    a_crash(work, relay)
    return "In order, nothing lost; and what is repeated after a crash is one message."


def everything(work: Work, relay: Callable[..., Any]) -> None:
    db, heard = table("walk", "swim", "fly"), []

    async def publish(number: int, words: str) -> None:
        heard.append((number, words))

    count = run(relay(db, publish))
    wanted = [(1, "walk"), (2, "swim"), (3, "fly")]
    work.require(
        sorted(heard) != wanted or heard == wanted,
        f"the messages went out in the order {[number for number, _ in heard]}, not oldest first.",
    )
    work.require(heard == wanted, f"the table held `{wanted}`, and published was `{heard}`.")
    work.require(count == 3, f"three messages went out, and `relay` returned `{count}`.")
    again = run(relay(db, publish))
    work.require(
        len(heard) == 3,
        "a second call published the same messages again: the rows are not marked, or the mark "
        "was not committed.",
    )
    work.require(again == 0, f"nothing was left to send, and `relay` returned `{again}`.")


def a_failure(work: Work, relay: Callable[..., Any]) -> None:
    db, heard, down = table("walk", "swim", "fly"), [], True

    async def publish(number: int, words: str) -> None:
        if down and number == 2:
            raise ConnectionError("broker")
        heard.append(number)

    try:
        count = run(relay(db, publish))
    except ConnectionError:
        work.fail("the broker failed at the second message, and its error came out of `relay`.")
    work.require(
        3 not in heard, "message 2 could not be sent, and 3 was sent before it: the order is lost."
    )
    work.require(
        sent(db) == [1],
        f"message 1 went out and message 2 failed; marked as sent are {sent(db)}.",
    )
    work.require(
        count == 1, f"one message went out before the broker failed; `relay` returned `{count}`."
    )
    down = False
    run(relay(db, publish))
    work.require(
        heard == [1, 2, 3],
        f"the broker came back; both calls together published {heard}, not each message once.",
    )


class Crash(BaseException):
    """The process ends here: nothing that catches `Exception` sees it."""


def a_crash(work: Work, relay: Callable[..., Any]) -> None:
    db = table("walk", "swim", "fly")

    async def publish(number: int, words: str) -> None:
        if number == 3:
            raise Crash

    try:
        run(relay(db, publish))
    except Crash:
        pass
    marked = sent(db)
    work.require(
        3 not in marked, "the process died while it published message 3, and 3 is marked as sent."
    )
    work.require(
        marked == [1, 2],
        f"the process died at message 3; 1 and 2 had gone out, and marked for good are {marked}.",
    )


# %% [hint]
# For one message the order is: publish, mark, commit. Which message is repeated if the process dies
# between the first and the last? How many, if you commit once at the end?

# %% [hint]
# `ORDER BY id`, and `db.commit()` after each mark. Read the rows into a list first (`fetchall`), so that
# no cursor is open while you change the table.

# %% [hint]
# `except Exception: break` around the publishing alone. `BaseException`, which a cancellation is, goes
# through.

# %% [solution]
import sqlite3
from collections.abc import Awaitable, Callable

Publish = Callable[[int, str], Awaitable[None]]


async def relay(db: sqlite3.Connection, publish: Publish) -> int:
    """Publish what was not sent yet, oldest first; stop at the first that fails."""
    rows = db.execute("SELECT id, words FROM outbox WHERE sent = 0 ORDER BY id").fetchall()
    count = 0
    for number, words in rows:
        try:
            await publish(number, words)
        except Exception:
            break
        # After it, and for each: a crash repeats one message and loses none.
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        db.commit()
        count += 1
    return count


# %% [mistake] marks-first
# says: marked as sent are [1, 2]
async def relay(db, publish):
    count = 0
    query = "SELECT id, words FROM outbox WHERE sent = 0 ORDER BY id"
    for number, words in db.execute(query).fetchall():
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        db.commit()
        try:
            await publish(number, words)
        except Exception:
            break
        count += 1
    return count


# %% [mistake] one-commit-at-the-end
# says: marked for good are []
async def relay(db, publish):
    count = 0
    query = "SELECT id, words FROM outbox WHERE sent = 0 ORDER BY id"
    for number, words in db.execute(query).fetchall():
        try:
            await publish(number, words)
        except Exception:
            break
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        count += 1
    db.commit()
    return count


# %% [mistake] skips-the-failed
# says: 3 was sent before it
async def relay(db, publish):
    count = 0
    query = "SELECT id, words FROM outbox WHERE sent = 0 ORDER BY id"
    for number, words in db.execute(query).fetchall():
        try:
            await publish(number, words)
        except Exception:
            continue
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        db.commit()
        count += 1
    return count


# %% [mistake] no-order
# says: not oldest first
async def relay(db, publish):
    count = 0
    query = "SELECT id, words FROM outbox WHERE sent = 0"
    for number, words in db.execute(query).fetchall():
        try:
            await publish(number, words)
        except Exception:
            break
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        db.commit()
        count += 1
    return count


# %% [mistake] error-comes-out
# says: its error came out of `relay`
async def relay(db, publish):
    count = 0
    query = "SELECT id, words FROM outbox WHERE sent = 0 ORDER BY id"
    for number, words in db.execute(query).fetchall():
        await publish(number, words)
        db.execute("UPDATE outbox SET sent = 1 WHERE id = ?", (number,))
        db.commit()
        count += 1
    return count
