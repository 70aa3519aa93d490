"""Code as it is copied from somewhere else: indented, with prompts, with outputs in between.

Does what IPython does with it, and keeps the number of each line. IPython does more in one case:
it strips `>>>` from the body of a `%%magic` too, which would spoil a file that holds a session.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
import tokenize
from io import StringIO

_dedent = textwrap.dedent
_tokens = tokenize.generate_tokens

# No line of a program begins with `>>>`, so one is enough to tell. `...` is an expression.
_CLASSIC = re.compile(r"[ \t]*>>>[ \t]?")
_CLASSIC_MORE = re.compile(r"[ \t]*(?:>>>|\.\.\.)[ \t]?")
_IPYTHON_MORE = re.compile(r"(?:\[(?:nav|ins)\] )?In \[\d+\]:(?: |$)|[ \t]*\.{3,}: ?")
_IPYTHON_OUTPUT = re.compile(r"Out ?\[\d+\]:")
_LITERALS = {tokenize.STRING, tokenize.FSTRING_MIDDLE, tokenize.TSTRING_MIDDLE}


def unwrap(source: str) -> tuple[str, str]:
    """Take the common indent and the prompts off a cell.

    Args:
        source: what stands in the cell.

    Returns:
        The program twice: with the lines that have no prompt, as IPython runs it, and without
        them, for these may be outputs. Without prompts both are the same.
    """
    first = next((line for line in source.split("\n") if line.strip()), "")
    text = _dedent(source) if first[:1] in {" ", "\t"} else source
    lines = text.split("\n")
    if first.lstrip().startswith("%%"):
        return text, text
    if any(map(_CLASSIC.match, lines)):
        kept = _lines_inside(text)
        if any(_CLASSIC.match(line) for number, line in enumerate(lines, 1) if number not in kept):
            return _without(_CLASSIC_MORE, lines, kept)
    if any(map(_IPYTHON_MORE.match, lines[:2])):
        return _without(
            _IPYTHON_MORE, ["" if _IPYTHON_OUTPUT.match(line) else line for line in lines], set()
        )
    return text, text


def _without(prompt: re.Pattern[str], lines: list[str], kept: set[int]) -> tuple[str, str]:
    """Strip a prompt from all lines but those kept; then also drop the lines that have none."""
    stripped: list[str] = []
    prompted: list[str] = []
    for number, line in enumerate(lines, 1):
        found = None if number in kept else prompt.match(line)
        stripped.append(line[found.end() :] if found else line)
        prompted.append(stripped[-1] if found or number in kept else "")
    return _dedent("\n".join(stripped)), _dedent("\n".join(prompted))


def lines_in_strings(source: str) -> set[int]:
    """Find the lines that continue a string: a `%` or `>>>` at their start is no magic."""
    return _continued(re.sub(r"\?+[ \t]*$", "", source, flags=re.MULTILINE))  # `?` is no token


def _lines_inside(source: str) -> set[int]:
    """Find the lines that continue a string which begins without a prompt."""
    return _continued(source, _CLASSIC_MORE)


def _continued(source: str, prompt: re.Pattern[str] | None = None) -> set[int]:
    lines = source.split("\n")
    inside: set[int] = set()
    with contextlib.suppress(Exception):
        for token in _tokens(StringIO(source).readline):
            start, end = token.start[0], token.end[0]
            if token.type not in _LITERALS or start == end:
                continue
            if prompt is None or start in inside or not prompt.match(lines[start - 1]):
                inside.update(range(start + 1, end + 1))
    return inside
