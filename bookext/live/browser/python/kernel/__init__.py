"""The Python side of the live cells: runs the cells of one page, one after the other.

Lives inside Pyodide, in the page's worker. It talks to JavaScript through what `connect` is given,
and formats what a cell leaves behind the way an IPython kernel does, so that the outputs in the
tab equal the recorded ones.

What these modules need later is bound when they are imported or restored before it is used: a
learner may overwrite builtins, patch `json` or delete every name, and the next cell still runs.
"""

from __future__ import annotations

import builtins
import re
import time
import warnings
from typing import TYPE_CHECKING, Any

from . import arrivals, magics, protection, running, waiting
from .arrivals import arrived, standard_names, unpack
from .display import clear_output, display
from .mistakes import OWN_FOLDER
from .page import page
from .running import call, run, stopped
from .shell import shell
from .source import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "arrived",
    "call",
    "clear_output",
    "connect",
    "display",
    "missing",
    "prepare",
    "run",
    "shell",
    "standard_names",
    "stopped",
    "unpack",
]

_plain_warning = warnings.formatwarning
_place_in_cell = re.compile(r"^<cell (\d+)>:(\d+):").sub


def prepare() -> None:
    """Make the page's Python; done once, before the memory snapshot."""
    running.install()
    time.sleep = waiting.sleep  # pyrefly: ignore[bad-assignment]
    builtins.__dict__.update(input=waiting.ask, display=display)
    protection.install(shell)
    arrivals.install()
    magics.register(shell)
    warnings.simplefilter("default", DeprecationWarning)
    warnings.formatwarning = _format_warning


def connect(
    post: Callable[..., None],
    wait: Callable[[float], Any] | None,
    ask_page: Callable[[str, bool], Any] | None,
    fetch: Callable[[str], str],
    modules: Iterable[str],
) -> None:
    """Bind the kernel to its page; called once, after the memory snapshot was loaded.

    Args:
        post: takes kind, cell and up to two values.
        wait: sleeps for so many seconds, where the browser can.
        ask_page: asks the reader for a line, given a prompt and whether it is a password.
        fetch: brings what an import needs, as `arrivals.connect` says.
        modules: what it can bring, beside the standard library.
    """
    page.to_page = post
    page.question = ask_page
    if wait is not None:
        page.sleep = wait
    running.connect()
    arrivals.connect(fetch, modules)


def _format_warning(message: Any, category: Any, filename: str, *more: Any, **named: Any) -> str:
    """Write a warning as Python does, with a cell's name, without a place in the kernel."""
    if filename.startswith(OWN_FOLDER):
        return f"{category.__name__}: {message}\n"
    words = _plain_warning(message, category, filename, *more, **named)
    return _place_in_cell(r"Cell \1, line \2:", words, count=1)
