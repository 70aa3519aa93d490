"""What this machine has, what it lacks, and what to do."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from coursekit.browser import find_chromium, find_firefox
from coursekit.places import HTML, ROOT
from seethrough import interpreters

if TYPE_CHECKING:
    from collections.abc import Callable

GIB = 1024**3
NEWER = ("3.14", "3.15")


@dataclass(frozen=True)
class Finding:
    """One line of the report; `needed` findings that are not `good` fail the command."""

    name: str
    good: bool
    found: str
    remedy: str = ""
    needed: bool = False


def examine() -> list[Finding]:
    """Look at everything that a command of the course may want."""
    free = shutil.disk_usage(ROOT).free
    chromium, firefox = find_chromium(), find_firefox()
    node = shutil.which("node")
    redis = shutil.which("redis-server")
    others = [found.path for minor in NEWER if (found := interpreters.find(minor))]
    return [
        Finding("Python", sys.version_info >= (3, 13), platform.python_version(),
                "install 3.13 or newer", needed=True),
        Finding("packages", find_spec("jupyter_book") is not None, "from the lock",
                "delete .venv and run any command", needed=True),
        Finding("disk", free > 2 * GIB, f"{free / GIB:.0f} GiB free",
                "free some: a full build takes 2 GiB", needed=True),
        Finding("loopback", _can_bind(), "127.0.0.1 can be bound",
                "the firewall forbids servers on 127.0.0.1", needed=True),
        Finding("git", shutil.which("git") is not None, "found",
                "install git: commits are named on the 'verified' page"),
        Finding("Chromium", chromium is not None, chromium or "none",
                "install Chromium or Chrome: page tests and the PDF need it"),
        Finding("Firefox", firefox is not None, firefox or "none",
                "install Firefox (on Debian firefox-esr): live cells are tested in it, too"),
        Finding("Node", node is not None, node or "from PyPI when needed", ""),
        Finding("Redis", redis is not None, redis or "none",
                "install redis-server: `test --services` needs it"),
        Finding("newer Pythons", bool(others), ", ".join(others) or "none",
                "cells about 3.14 show what was recorded: `uv python install 3.14`"),
        Finding("book", (HTML / "index.html").exists(), "built",
                "python3 course.py book --no-serve"),
    ]  # fmt: skip


def report(say: Callable[[str], None]) -> int:
    """Print the findings.

    Returns:
        The exit code: 1 when something that is always needed is missing.
    """
    findings = examine()
    for item in findings:
        mark = "ok  " if item.good else "MISSING" if item.needed else "--  "
        remedy = f": {item.remedy}" if not item.good and item.remedy else ""
        say(f"{mark:8}{item.name:14}{item.found if item.good else 'not there'}{remedy}")
    return int(any(item.needed and not item.good for item in findings))


def _can_bind() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError:
        return False
    return True
