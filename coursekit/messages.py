"""Errors for people: one clear message, exit code 1, no traceback."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class CourseError(Exception):
    """Something that the person at the keyboard can mend; the message says what and how."""


def nearest(word: str, known: Iterable[str], what: str) -> CourseError:
    """Make the error for an unknown name, with the nearest known one.

    Args:
        word: what was typed.
        known: the names there are.
        what: the noun, such as `chapter`.
    """
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return CourseError(f"There is no {what} {word!r}.{guess} There are: {', '.join(names)}.")
