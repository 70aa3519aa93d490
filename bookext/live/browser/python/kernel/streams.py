"""What a cell prints: standard output and error, sent to the page in the order written."""

from __future__ import annotations

import time
from io import TextIOBase
from typing import override

from .page import page

EAGER_LINES = 300  # lines of a cell sent at once; later ones are gathered for `FLUSH_SECONDS`
FLUSH_SECONDS = 0.05


class Stream(TextIOBase):
    """Standard output or error of the running cell; sends whole lines."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, descriptor: int, pair: Pair) -> None:
        self._name = name
        self._descriptor = descriptor
        self._pair = pair
        self._parts: list[str] = []
        self._sent_at = 0.0

    @property
    def name(self) -> str:
        """`<stdout>` or `<stderr>`, as the streams of an interpreter are called."""
        return f"<{self._name}>"

    @override
    def write(self, text: str) -> int:
        """Keep the text, and send what is kept when a line is complete."""
        if not isinstance(text, str):
            message = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(message)
        self._pair.turn_to(self)
        self._parts.append(text)
        if "\n" in text:
            self._pair.lines += 1
            now = time.monotonic()
            if self._pair.eager or now - self._sent_at > FLUSH_SECONDS:
                self._sent_at = now
                self.send()
        return len(text)

    @override
    def flush(self) -> None:
        """Send what is kept, unless a program flushes after each of thousands of lines."""
        if self._pair.eager:
            self.send()

    def send(self) -> None:
        """Send what is kept."""
        if self._parts:
            text = "".join(self._parts)
            self._parts.clear()
            page.post("stream", self._name, page.cell.within_limit(text))

    @override
    def isatty(self) -> bool:
        """Say no: the output goes to a page."""
        return False

    @override
    def writable(self) -> bool:
        """Say yes."""
        return True

    @override
    def fileno(self) -> int:
        """Give the number that this stream has in every process."""
        return self._descriptor


class Pair:
    """Both streams; what one holds is sent before the other writes."""

    def __init__(self) -> None:
        self.out = Stream("stdout", 1, self)
        self.err = Stream("stderr", 2, self)
        self.lines = 0
        self._last: Stream | None = None

    @property
    def eager(self) -> bool:
        """Tell whether the running cell has printed so little that each line is sent at once."""
        return self.lines < EAGER_LINES

    def begin(self) -> None:
        """Count the lines of a new cell."""
        self.lines = 0
        self._last = None

    def turn_to(self, stream: Stream) -> None:
        """Send what the other stream still holds."""
        if self._last is not stream:
            if self._last is not None:
                self._last.send()
            self._last = stream

    def send(self) -> None:
        """Send what both still hold."""
        self.out.send()
        self.err.send()


streams = Pair()
