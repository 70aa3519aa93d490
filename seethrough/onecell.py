"""Run one source as a program of its own, for `%%py` (see `seethrough.versions`).

This file is the only one that other interpreters read, so it is written for Python 3.8 and newer.
As a program it takes the source from standard input.
"""

from __future__ import annotations

import linecache
import sys
import traceback
import types

FILE = "cell.py"


def run(source: str) -> None:
    """Run a source in a fresh `__main__`; an exception is printed, never raised.

    Args:
        source: Python for the interpreter that runs this.

    Of a traceback the end is printed: the last place in the source, and what was raised.
    """
    module = types.ModuleType("__main__")
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module  # for pickle, get_type_hints and whoever else looks there
    linecache.cache[FILE] = (len(source), None, source.splitlines(True), FILE)
    try:
        exec(compile(source, FILE, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            print(f"SystemExit: {stop.code}")
    except BaseException as error:
        sys.stdout.flush()
        print("".join(_ending(error)), end="")
    finally:
        sys.modules["__main__"] = before


def _ending(error: BaseException) -> list[str]:
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    mine = [frame for frame in told.stack if frame.filename == FILE]
    lines = list(told.format_exception_only())
    if mine:
        lines.insert(0, f'  File "{FILE}", line {mine[-1].lineno}, in {mine[-1].name}\n')
    return lines


if __name__ == "__main__":
    run(sys.stdin.read())
