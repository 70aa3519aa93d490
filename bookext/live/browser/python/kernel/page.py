"""The page that the kernel serves: how it is reached, the running cell, and the cells' names."""

from __future__ import annotations

import sys
import time
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT_LIMIT = 400_000  # characters of a cell's streams and results that are sent to the page
SLICE = 0.1  # seconds waited at a stretch, so that Stop is heard


class Cell:
    """What is known of the running cell."""

    def __init__(self, identity: str = "") -> None:
        self.identity = identity
        self.characters = 0
        self.failed = False

    def within_limit(self, text: str) -> str:
        """Cut output that would choke the page, and say so once."""
        before = self.characters
        self.characters += len(text)
        if self.characters <= OUTPUT_LIMIT:
            return text
        if before > OUTPUT_LIMIT:
            return ""
        return text[: OUTPUT_LIMIT - before] + "\n… the rest of this cell's output is not shown.\n"


class Page:
    """One page of the book, and what its cells leave behind.

    Attributes:
        to_page: sends a message; takes its kind, the cell and up to two values.
        sleep: sleeps for so many seconds, where the browser can.
        question: asks the reader for a line, given a prompt and whether it is a password; nothing
            where the browser cannot wait for an answer.
        cell: the running cell, or the last one.
        count: how many cells ran.
        main: the module whose names are the cells' names.
        inputs: the texts of the cells that ran, as `In`.
        results: the values that cells showed, by their count, as `Out`.
    """

    def __init__(self) -> None:
        self.to_page: Callable[..., None]
        self.sleep: Callable[[float], object] = time.sleep
        self.question: Callable[[str, bool], str] | None = None
        self.cell = Cell()
        self.count = 0
        self.main = types.ModuleType("__main__")
        self.inputs = [""]
        self.results: dict[int, Any] = {}

    @property
    def names(self) -> dict[str, Any]:
        """What the cells have defined."""
        return sys.modules["__main__"].__dict__

    def post(self, kind: str, first: Any = None, second: Any = None) -> None:
        """Send one message of the running cell.

        Args:
            kind: `stream`, `display`, `result`, `error` or `clear`.
            first: the name of the stream, or what is shown, by MIME type.
            second: a stream's text; nothing is sent when it is empty.
        """
        if kind == "stream" and not second:
            return
        self.to_page(kind, self.cell.identity, _sendable(first), _sendable(second))

    def pause(self, seconds: float) -> None:
        """Wait, in slices so that Stop is heard."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.sleep(min(left, SLICE))


def _sendable(value: Any) -> Any:
    """Replace lone surrogates, which JavaScript's text decoder does not take; pair up a dict."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return [[key, _sendable(each)] for key, each in value.items()]
    return value


page = Page()
