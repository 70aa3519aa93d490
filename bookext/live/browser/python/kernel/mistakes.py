"""What went wrong: an exception as the page shows it, with the words that help in a tab."""

from __future__ import annotations

import asyncio
import difflib
import linecache
import re
import sys
import traceback
from asyncio import base_events

from . import arrivals
from .page import page
from .protection import pristine_names
from .streams import streams

OWN_FOLDER = __file__.rsplit("/", 2)[0] + "/"  # the kernel's, and what stands beside it
_BEFORE_CELL = {  # not their `__file__`, which names byte code
    base_events.BaseEventLoop.run_forever.__code__.co_filename,
    asyncio.Runner.run.__code__.co_filename,
}
_NEAR = 0.8  # of 1: `aysncio` is as near to `asyncio` as 0.86
_close_matches = difflib.get_close_matches
_lines = linecache.getlines
_TAB_INDENT = re.compile(r" *\t")
_JAVASCRIPT = re.compile(r"^(?:async )?[a-z-]{2,}:|\.m?js$")  # an address, a script


def _is_foreign(filename: str) -> bool:
    """Tell whether a frame is the kernel's, or of the page's JavaScript (`http://…/worker.js`)."""
    return filename.startswith(OWN_FOLDER) or _JAVASCRIPT.search(filename) is not None


def _clean_frames(told: traceback.TracebackException, seen: set[int]) -> None:
    """Keep the reader's and libraries' frames of an exception, its causes and groups."""
    if id(told) in seen:
        return
    seen.add(id(told))
    frames = [frame for frame in told.stack if not _is_foreign(frame.filename)]
    while frames and frames[0].filename in _BEFORE_CELL:
        del frames[0]
    unread = getattr(told, "filename", "")  # a `SyntaxError` tells where it is
    after = [*((frame.filename, frame.name) for frame in frames[1:]), (unread, "<module>")]
    told.stack[:] = [
        frame  # but not the line of a magic whose own code stands in the same cell
        for frame, following in zip(frames, after, strict=False)
        if frame.name != "<module>" or following != (frame.filename, frame.name)
    ]
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if other is not None:
            _clean_frames(other, seen)


def _told(error: BaseException) -> str:
    """Write a traceback as Python does, of the learner's frames and the libraries'."""
    told = traceback.TracebackException.from_exception(error)
    _clean_frames(told, set())
    in_library = any(frame.filename.startswith(arrivals.LIBRARY) for frame in told.stack)
    if in_library and arrivals.fetch_library():  # to quote its lines
        told = traceback.TracebackException.from_exception(error)
        _clean_frames(told, set())
    lines = "".join(told.format())
    if not told.stack and not told.exceptions and told.__cause__ is told.__context__ is None:
        lines = lines.removeprefix("Traceback (most recent call last):\n")
    return re.sub(r'File "<cell (\d+)>", line', r"Cell \1, line", lines)


def _of_module(path: str) -> str:
    """Say why there is no module of this name, and which one may be meant."""
    name, _, inner = path.partition(".")
    if not name:
        return ""
    if inner and name in sys.modules:
        return f"`{name}` is here, but there is no `{path}` in it."
    if name in sys.stdlib_module_names:
        return f"`{name}` belongs to the standard library but cannot run in a browser tab."
    here = {*arrivals.shipped(), *arrivals.standard_names(), *sys.builtin_module_names}
    known = sorted(each for each in here if not each.startswith("_"))
    if near := _close_matches(name.lower(), known, n=1, cutoff=_NEAR):
        return f"`{name}` is not shipped with this book. Did you mean `{near[0]}`?"
    return (
        f"`{name}` is not shipped with this book, and a tab installs nothing. "
        "A notebook can use it if it is installed there."
    )


def _mixes_tabs(filename: str) -> bool:
    """Tell whether a file or cell is indented with tabs as well as with spaces."""
    lines = _lines(filename)
    return any(line.startswith(" ") for line in lines) and any(map(_TAB_INDENT.match, lines))


def report(error: BaseException) -> None:
    """Send an exception to the page: its name, its words, the learner's lines, and some help."""
    page.cell.failed = True
    streams.send()
    name = type(error).__name__
    try:
        words = str(error)
    except BaseException as inner:
        words = f"<its __str__ raised {type(inner).__name__}>"
    try:
        lines = _told(error)
    except BaseException:
        lines = f"{name}: {words}\n"
    forms = {"ename": name, "evalue": words, "traceback": lines.rstrip("\n"), "help": _help(error)}
    page.post("error", forms)


def _help(error: BaseException) -> str:
    """Say what a reader may not know about an error in a browser tab."""
    match error:
        case KeyboardInterrupt():
            return "Stopped. The variables of this page are kept."
        case arrivals.NotFetchedError():
            return (
                "This import needs a file of the book that this tab has not read yet, and it could "
                "not be fetched. Are you offline? Run the cell again when the book can be reached."
            )
        case SystemExit():
            return "The cell asked Python to leave. The page's Python goes on; variables are kept."
        case ModuleNotFoundError():
            return _of_module(error.name or "")
        case RecursionError():
            words = "A function called itself until Python gave up. Look for the missing end."
            less = " (A tab has less room for calls through C than a notebook.)"
            return words + less if "Stack overflow" in str(error) else words
        case MemoryError():
            return "The tab has no more memory for this. Variables are kept."
        case RuntimeError() if "start new thread" in str(error):
            return "A browser tab has one thread. The notebook of this chapter can start more."
        case RuntimeError() if "event loop" in str(error):
            return "Here, as in every notebook, an event loop already runs: `await` directly."
        case TypeError() if "not callable" in str(error):
            shadowed = [name for name in pristine_names() if name in page.names and name[0] != "_"]
            lost = [name for name in shadowed if not callable(page.names[name])]
            if lost:
                again = ", ".join(lost)
                return f"A cell gave {again} another meaning; `del {again}` brings Python's back."
        case IndentationError() if isinstance(error, TabError) or _mixes_tabs(error.filename or ""):
            return (
                "Some lines are indented with tabs and others with spaces. They may look alike. "
                "Use spaces in all of them, four for each step."
            )
        case OSError() if error.errno in {138, 52, 95}:
            return "The operating system's service behind this call does not exist in a tab."
    return ""
