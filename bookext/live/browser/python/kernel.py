"""The Python side of the live cells: runs the cells of one page, one after the other.

Lives inside Pyodide, in the page's worker. It talks to JavaScript through one function, `post`,
given to `connect`, and formats what a cell leaves behind the way an IPython kernel does, so that
the outputs in the tab equal the recorded ones.

A cell runs on a real `asyncio` event loop, whose only speciality is how it waits: between cells
nothing runs, as in ipykernel 7, and `asyncio.run` refuses to nest, as in Jupyter.

Everything that this module needs later is bound at import or restored before it is used: a
learner may overwrite builtins, patch `json` or delete every name, and the next cell still runs.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import contextvars
import importlib
import inspect
import linecache
import os
import re
import sys
import textwrap
import time
import tokenize
import traceback
import types
import warnings
import zipfile
import zipimport
from asyncio import base_events
from importlib.machinery import PathFinder as _PathFinder
from io import BytesIO, StringIO, TextIOBase
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.lib.pretty import RepresentationPrinter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

OUTPUT_LIMIT = 400_000  # characters of a cell's streams and results that are sent to the page
EAGER_LINES = 300  # lines sent at once; later ones are gathered for `FLUSH_SECONDS`
FLUSH_SECONDS = 0.05
# With Python's own 1,000, recursion through C (`__getattr__`, `sorted`) runs over the end of the
# browser's stack, and that ends Python. `seethrough.budget` found 500 to be safe.
DEEPEST = 500

_MIME_METHODS = (
    ("text/html", "_repr_html_"),
    ("text/markdown", "_repr_markdown_"),
    ("image/svg+xml", "_repr_svg_"),
    ("image/png", "_repr_png_"),
    ("image/jpeg", "_repr_jpeg_"),
    ("text/latex", "_repr_latex_"),
    ("application/json", "_repr_json_"),
    ("application/javascript", "_repr_javascript_"),
)

_HERE = __file__
_pristine = dict(builtins.__dict__)
_post: Callable[..., None]
_wait: Callable[[float], None] = time.sleep
_ask: Callable[[str, bool], str] | None = None
_real_sleep = time.sleep


# ── what a cell prints ─────────────────────────────────────────────────────────────────────────


class Stream(TextIOBase):
    """Standard output or error of the running cell; sends whole lines in the order written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: list[str] = []
        self._sent_at = 0.0

    @property
    def name(self) -> str:
        """`<stdout>` or `<stderr>`, as the streams of an interpreter are called."""
        return f"<{self._name}>"

    encoding = "UTF-8"
    errors = "replace"

    def write(self, text: str) -> int:
        """Keep the text, and send what is kept when a line is complete."""
        if not isinstance(text, str):
            message = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(message)
        if _cell.last_stream is not self:
            if _cell.last_stream is not None:
                _cell.last_stream.send()
            _cell.last_stream = self
        self._parts.append(text)
        if "\n" in text:
            _cell.lines += 1
            now = time.monotonic()
            if _cell.lines < EAGER_LINES or now - self._sent_at > FLUSH_SECONDS:
                self._sent_at = now
                self.send()
        return len(text)

    def flush(self) -> None:
        """Send what is kept, unless a program flushes after each of thousands of lines."""
        if _cell.lines < EAGER_LINES:
            self.send()

    def send(self) -> None:
        """Send what is kept."""
        if self._parts:
            text = "".join(self._parts)
            self._parts.clear()
            _cell.post("stream", self._name, _cell.within_limit(text))

    def isatty(self) -> bool:
        """Say no: the output goes to a page."""
        return False

    def writable(self) -> bool:
        """Say yes."""
        return True

    def fileno(self) -> int:
        """Refuse as a stream without a file does."""
        return {"stdout": 1, "stderr": 2}[self._name]


class _Cell:
    """What is known of the running cell."""

    def __init__(self, identity: str = "") -> None:
        self.identity = identity
        self.lines = 0
        self.characters = 0
        self.last_stream: Stream | None = None
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

    def post(self, kind: str, first: Any = None, second: Any = None) -> None:
        """Send one message to the page; lone surrogates, which it could not take, are replaced."""
        if kind == "stream" and not second:
            return
        _post(kind, self.identity, _clean(first), _clean(second))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return [[key, _clean(each)] for key, each in value.items()]
    return value


_cell = _Cell()
_stdout = Stream("stdout")
_stderr = Stream("stderr")


# ── what a cell shows ──────────────────────────────────────────────────────────────────────────


def plain(value: object) -> str:
    """Write a value as IPython's plain formatter does."""
    stream = StringIO()
    printer = RepresentationPrinter(stream, verbose=False, max_width=79, newline="\n")
    printer.pretty(value)
    printer.flush()
    return stream.getvalue()


def bundle(value: object) -> dict[str, str]:
    """Collect the forms in which a value can be shown, by MIME type."""
    found: dict[str, str] = {}
    own = getattr(type(value), "_repr_mimebundle_", None)
    if own is not None and not isinstance(value, type):
        data = own(value)
        data = data[0] if isinstance(data, tuple) else data
        found.update({mime: _text_of(mime, each) for mime, each in (data or {}).items()})
    if not isinstance(value, type):
        for mime, method in _MIME_METHODS:
            if mime not in found and (call := _method(value, method)) is not None:
                data = call()
                data = data[0] if isinstance(data, tuple) else data
                if data is not None:
                    found[mime] = _text_of(mime, data)
    found.setdefault("text/plain", plain(value))
    return found


def _method(value: object, name: str) -> Callable[[], Any] | None:
    """Find a display method; an object that answers to every name has none."""
    try:
        if getattr(value, "_ipython_canary_method_should_not_exist_", None) is not None:
            return None
        call = getattr(value, name, None)
    except Exception:
        return None
    return call if callable(call) else None


def _text_of(mime: str, data: object) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, bytes | bytearray):
        import base64

        return base64.b64encode(data).decode()
    if mime == "application/json":
        import json

        return json.dumps(data)
    return str(data)


def display(
    *values: object,
    include: object = None,
    raw: bool = False,
    metadata: object = None,
    display_id: object = None,
    **_: object,
) -> None:
    """Show values in the page, as IPython's `display` does."""
    for value in values:
        if raw and isinstance(value, dict):
            _show("display", {mime: _text_of(mime, data) for mime, data in value.items()})
        elif (own := _method(value, "_ipython_display_")) is not None and not isinstance(
            value, type
        ):
            own()
        else:
            _show("display", bundle(value))


def clear_output(wait: bool = False) -> None:
    """Empty the output of the running cell."""
    _send_streams()
    _cell.post("clear", wait)


def _show(kind: str, forms: dict[str, str]) -> None:
    _send_streams()
    forms["text/plain"] = _cell.within_limit(forms.get("text/plain", ""))
    _cell.post(kind, forms)


def _show_result(value: object) -> None:
    if value is None:
        return
    _outputs[_count] = value
    names = _names()
    names["___"], names["__"], names["_"] = names.get("__"), names.get("_"), value
    if (own := _method(value, "_ipython_display_")) is not None and not isinstance(value, type):
        own()
    else:
        _show("result", bundle(value))


def _send_streams() -> None:
    _stdout.send()
    _stderr.send()


# ── what went wrong ────────────────────────────────────────────────────────────────────────────


_OWN_FOLDER = _HERE.rpartition("/")[0] + "/"
_BEFORE_CELL = {  # not their `__file__`, which names byte code
    base_events.BaseEventLoop.run_forever.__code__.co_filename,
    asyncio.Runner.run.__code__.co_filename,
}


def _clean_frames(told: traceback.TracebackException, seen: set[int]) -> None:
    """Drop the kernel's own frames from what is told of an exception, its causes and groups."""
    if id(told) in seen:
        return
    seen.add(id(told))
    frames = [frame for frame in told.stack if not frame.filename.startswith(_OWN_FOLDER)]
    while frames and frames[0].filename in _BEFORE_CELL:
        del frames[0]
    told.stack[:] = frames
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if other is not None:
            _clean_frames(other, seen)


def _told(error: BaseException) -> str:
    """Write a traceback as Python does, of the learner's frames and the libraries'."""
    told = traceback.TracebackException.from_exception(error)
    _clean_frames(told, set())
    if any(frame.filename.startswith(_LIBRARY) for frame in told.stack):
        if _lazy.fetch is not None and _lazy.fetch("os") == "new":  # to quote the standard library's lines
            told = traceback.TracebackException.from_exception(error)
            _clean_frames(told, set())
    lines = "".join(told.format(colorize=False))
    if not told.stack and not told.exceptions and told.__cause__ is told.__context__ is None:
        lines = lines.removeprefix("Traceback (most recent call last):\n")
    return re.sub(r'File "<cell (\d+)>", line', r"Cell \1, line", lines)


_LIBRARY = "/lib/python314.zip"


def report(error: BaseException) -> None:
    """Send an exception to the page: its name, its words, the learner's lines, and some help."""
    _cell.failed = True
    _send_streams()
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
    _cell.post("error", forms)


def _help(error: BaseException) -> str:
    """Say what a reader may not know about an error in a browser tab."""
    match error:
        case KeyboardInterrupt():
            return "Stopped. The variables of this page are kept."
        case NotFetchedError():
            return (
                "This import needs a file of the book that this tab has not read yet, and it could "
                "not be fetched. Are you offline? Run the cell again when the book can be reached."
            )
        case SystemExit():
            return "The cell asked Python to leave. The page's Python goes on; variables are kept."
        case ModuleNotFoundError():
            name = (error.name or "").partition(".")[0]
            if name in sys.stdlib_module_names:
                return f"`{name}` belongs to the standard library but cannot run in a browser tab."
            return (
                f"`{name}` is not shipped with this book, and a tab installs nothing. "
                "The notebook of this chapter can use it."
            )
        case RecursionError():
            return "A function called itself until Python gave up. Look for the missing end."
        case MemoryError():
            return "The tab has no more memory for this. Variables are kept."
        case RuntimeError() if "start new thread" in str(error):
            return "A browser tab has one thread. The notebook of this chapter can start more."
        case RuntimeError() if "event loop" in str(error):
            return "Here, as in every notebook, an event loop already runs: `await` directly."
        case TypeError() if "not callable" in str(error):
            lost = [name for name in _pristine if name in _names() and name[0] != "_"]
            lost = [name for name in lost if not callable(_names()[name])]
            if lost:
                again = ", ".join(lost)
                return f"A cell gave {again} another meaning; `del {again}` brings Python's back."
        case TabError():
            return "A line is indented with tabs and another with spaces."
        case OSError() if error.errno in {138, 52, 95}:
            return "The operating system's service behind this call does not exist in a tab."
    return ""


# ── names, magics, the shell object ────────────────────────────────────────────────────────────


class Events:
    """The part of IPython's events that helpers use: who wants to hear of a cell before it runs."""

    def __init__(self) -> None:
        self._before: list[Callable[[Any], object]] = []

    def register(self, event: str, function: Callable[[Any], object]) -> None:
        """Have a function called at an event; only `pre_run_cell` ever happens here."""
        if event == "pre_run_cell" and function not in self._before:
            self._before.append(function)

    def unregister(self, event: str, function: Callable[[Any], object]) -> None:
        """Undo `register`."""
        if event == "pre_run_cell":
            self._before.remove(function)

    def before(self, source: str) -> None:
        """Tell of a cell that is about to run."""
        info = types.SimpleNamespace(raw_cell=source)
        for function in self._before:
            with contextlib.suppress(Exception):
                function(info)


class Shell:
    """The part of IPython's shell that cells and extensions use."""

    def __init__(self) -> None:
        self.events = Events()
        self.line_magics: dict[str, Callable[..., Any]] = {}
        self.cell_magics: dict[str, Callable[..., Any]] = {}

    @property
    def user_ns(self) -> dict[str, Any]:
        """The names of the page."""
        return _names()

    @property
    def execution_count(self) -> int:
        """How many cells ran."""
        return _count

    def register_magic_function(
        self,
        func: Callable[..., Any],
        magic_kind: str = "line",
        magic_name: str | None = None,
    ) -> None:
        """Make a function known as a magic."""
        name = magic_name or func.__name__
        if "line" in magic_kind:
            self.line_magics[name] = func
        if "cell" in magic_kind:
            self.cell_magics[name] = func

    def run_line_magic(self, name: str, line: str, _depth: int = 1) -> Any:
        """Call a line magic."""
        return self._find(name, "line")(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Call a cell magic."""
        return self._find(name, "cell")(line, cell)

    def ex(self, code: str) -> None:
        """Run code among the names of the page."""
        exec(compile(code, "<string>", "exec"), _names())

    def ev(self, code: str) -> Any:
        """Evaluate an expression among the names of the page."""
        return eval(compile(code, "<string>", "eval"), _names())

    def _find(self, name: str, kind: str) -> Callable[..., Any]:
        known = self.line_magics if kind == "line" else self.cell_magics
        if name not in known:
            sign = "%" if kind == "line" else "%%"
            message = f"{kind.capitalize()} magic function `{sign}{name}` not found."
            raise UsageError(message)
        return known[name]


class UsageError(Exception):
    """A magic was used in a way that it does not know."""

    __module__ = "builtins"  # shown without the kernel's name


shell = Shell()


def _names() -> dict[str, Any]:
    return sys.modules["__main__"].__dict__


_MAGIC = re.compile(r"^([ \t]*)(?:([\w, \t.]*?)[ \t]*=[ \t]*)?([%!])(\w+)?[ \t]?(.*)$")


def without_magics(source: str) -> str:
    """Turn lines such as `%timeit f()` into calls, so that the rest is plain Python."""
    first, _, rest = source.lstrip("\n").partition("\n")
    if head := re.match(r"%%(\w+)[ \t]?(.*)$", first):
        return f"get_ipython().run_cell_magic({head[1]!r}, {head[2]!r}, {rest!r})\n"
    if not re.search(r"^\s*([\w., \t]*=\s*)?[%!]", source, re.MULTILINE):
        return source
    inside = _string_lines(source)
    lines = []
    for number, line in enumerate(source.split("\n"), start=1):
        found = None if number in inside else _MAGIC.match(line)
        if not found or (found[3] == "%" and not found[4]):
            lines.append(line)
            continue
        space, target, sign, name, words = found.groups()
        store = f"{target} = " if target else ""
        if sign == "!":
            command = f"{name or ''} {words}".strip()
            lines.append(f"{space}{store}get_ipython().run_line_magic('system', {command!r})")
        else:
            lines.append(f"{space}{store}get_ipython().run_line_magic({name!r}, {words!r})")
    return "\n".join(lines)


def _string_lines(source: str) -> set[int]:
    """Find the lines that continue a string: a `%` at their start is no magic."""
    inside: set[int] = set()
    with contextlib.suppress(Exception):
        for token in tokenize.generate_tokens(StringIO(source).readline):
            if token.type in {tokenize.STRING, tokenize.FSTRING_MIDDLE}:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def imports(source: str) -> list[str]:
    """Name the top-level modules that a cell imports, to fetch what they need beforehand."""
    try:
        tree = ast.parse(without_magics(textwrap.dedent(source)))
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(dict.fromkeys(alias.name for alias in names))
            case ast.ImportFrom(module=str(module), level=0):
                found[module] = None
            case _:
                pass
    return list(found)


def missing(source: str) -> list[str]:
    """Name the imports of a cell that are not in memory yet."""
    return [name for name in imports(source) if name not in sys.modules]


# ── running ────────────────────────────────────────────────────────────────────────────────────


class _Selector:
    """Waits for timers; there is nothing else to wait for in a tab."""

    def __init__(self) -> None:
        self.woken = False

    def select(self, timeout: float | None) -> list[Any]:
        """Sleep until a timer is due, in slices so that Stop is heard."""
        if timeout is None:
            message = "nothing will ever wake this `await`: no timer, no task that can go on"
            raise DeadlockError(message)
        if timeout > 0:
            _send_streams()
            until = time.monotonic() + timeout
            while (left := until - time.monotonic()) > 0:
                _wait(min(left, 0.1))
        return []


class DeadlockError(RuntimeError):
    """Every task waits for another one and no timer is set."""

    __module__ = "builtins"  # shown without the kernel's name


class TabLoop(base_events.BaseEventLoop):
    """CPython's event loop without sockets and threads."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Call the function in place: a tab has one thread, so the loop waits meanwhile."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()

        def call() -> None:
            if future.cancelled():
                return
            try:
                result = func(*args)
            except StopIteration as error:
                future.set_exception(RuntimeError(f"{error!r} raised by a function"))
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.call_soon(call)
        return future


class _Policy(asyncio.events._AbstractEventLoopPolicy):  # type: ignore[name-defined]
    """Gives out `TabLoop`s."""

    def __init__(self) -> None:
        self._current: asyncio.AbstractEventLoop | None = None

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        if self._current is None:
            message = "There is no current event loop in thread 'MainThread'."
            raise RuntimeError(message)
        return self._current

    def set_event_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._current = loop

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return TabLoop()


_loop: TabLoop
_page_loop: asyncio.AbstractEventLoop  # Pyodide's own; current while no cell runs
_count = 0
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _compile(source: str, filename: str) -> tuple[list[types.CodeType], bool]:
    """Compile a cell into statements and, last, the expression whose value is shown."""
    shown = source
    linecache.cache[filename] = (len(shown), None, shown.splitlines(keepends=True), filename)
    text = without_magics(source)
    tree = compile(text, filename, "exec", ast.PyCF_ONLY_AST | _FLAGS, dont_inherit=True)
    flags = _FLAGS | _future_flags
    codes: list[types.CodeType] = []
    last = tree.body[-1] if tree.body else None
    shows = isinstance(last, ast.Expr) and not _ends_quietly(text)
    if isinstance(last, ast.Expr) and shows:
        body, expression = ast.Module(tree.body[:-1], []), ast.Expression(last.value)
        if body.body:
            codes.append(compile(body, filename, "exec", flags, dont_inherit=True))
        codes.append(compile(expression, filename, "eval", flags, dont_inherit=True))
    else:
        codes.append(compile(tree, filename, "exec", flags, dont_inherit=True))
    return codes, shows


_future_flags = 0


def _ends_quietly(source: str) -> bool:
    """Tell whether the last thing in a cell is a semicolon."""
    try:
        tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    skipped = {tokenize.ENDMARKER, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}
    return next((t.string == ";" for t in reversed(tokens) if t.type not in skipped), False)


async def _execute(codes: list[types.CodeType], shows: bool) -> None:
    names = _names()
    value: Any = None
    for code in codes:
        value = eval(code, names)
        if inspect.CO_COROUTINE & code.co_flags:
            value = await value
    if shows:
        _show_result(value)


async def _run(source: str, filename: str) -> None:
    try:
        codes, shows = _compile(source, filename)
        await _execute(codes, shows)
    except asyncio.CancelledError as error:
        if _stopping:
            raise
        _changed.update(_restore())
        report(error)
    except BaseException as error:
        _changed.update(_restore())  # before anything else: what follows needs them
        report(error)
    finally:
        _changed.update(_restore())


_changed: set[str] = set()
_stopping = False
_context = contextvars.copy_context()  # one for all cells: what a cell sets, the next one sees


def _drive(work: Coroutine[Any, Any, None]) -> None:
    """Run a cell to its end; an interrupt while it waits cancels it."""
    global _loop, _stopping
    _stopping = False
    task = _loop.create_task(work, context=_context)
    try:
        _loop.run_until_complete(task)
    except KeyboardInterrupt as error:
        _stopping = True
        with contextlib.suppress(BaseException):
            task.cancel()
            _loop.run_until_complete(asyncio.wait([task], timeout=0.5))
        report(KeyboardInterrupt(*error.args))
    except DeadlockError as error:
        _stopping = True
        if line := _line_that_waits(task.get_coro()):
            error.args = (f"{error}. The cell waits in line {line}.",)
        with contextlib.suppress(BaseException):
            task.cancel()
            _loop.run_until_complete(asyncio.wait([task], timeout=0.5))
        report(error)
    except BaseException as error:
        # The loop itself broke, perhaps for want of a builtin. What it had to do is void.
        _changed.update(_restore())
        _loop = TabLoop()
        report(error)


def _line_that_waits(coroutine: Any) -> int:
    """Find the line of the cell at which a suspended coroutine waits."""
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        if frame.f_globals is _main.__dict__:
            return frame.f_lineno
        coroutine = coroutine.cr_await
    return 0


def run(source: str, identity: str, exercise: str = "") -> str:
    """Run one cell.

    Args:
        source: the text of the cell.
        identity: the page's name for it, sent back with each message.
        exercise: the exercise that it answers; checks find its text by a first line that says so,
            even when the learner deleted that line.

    Returns:
        `done` or `failed`.
    """
    global _count, _cell
    _restore()
    _count += 1
    _cell = _Cell(identity)
    mark = f"# Exercise: {exercise}\n"
    marked = not exercise or source.lstrip().startswith(mark)
    told = source if marked else mark + source
    _inputs.append(told)
    shell.events.before(told)
    _names()["_i"] = source
    sys.stdout, sys.stderr = _stdout, _stderr
    if not _loop.is_running() and asyncio._get_running_loop() is not None:
        asyncio._set_running_loop(None)
    _drive(_run(source, f"<cell {identity}>"))
    changed = _restore()
    if changed:
        noun = "builtin" if len(changed) == 1 else "builtins"
        _stderr.write(
            f"This cell replaced the {noun} {', '.join(changed)}; the page put it back.\n"
        )
    _send_streams()
    return "failed" if _cell.failed else "done"


def call(module: str, name: str, argument: str) -> str:
    """Call a function of a module that the page itself needs, and return its text.

    Args:
        module: such as `seethrough.inpage`; what it needs has arrived.
        name: of a function that takes a string and returns one.
        argument: what it is given.
    """
    global _cell
    _restore()
    _cell = _Cell()
    sys.stdout, sys.stderr = _stdout, _stderr
    if asyncio._get_running_loop() is not None:
        asyncio._set_running_loop(None)
    try:
        return str(getattr(importlib.import_module(module), name)(argument))
    finally:
        _restore()


def _restore() -> list[str]:
    """Put back what the kernel and the next cell cannot do without; name what was changed."""
    now = builtins.__dict__
    changed = [name for name, value in _pristine.items() if now.get(name, _cell) is not value]
    now.update(_pristine)
    main = sys.modules.get("__main__")
    if main is not _main:
        sys.modules["__main__"] = _main
    names = _main.__dict__
    names["__builtins__"] = builtins
    for name, value in _furniture.items():
        names.setdefault(name, value)
    sys.modules.setdefault("builtins", builtins)
    for name, module in _needed.items():
        sys.modules.setdefault(name, module)
    return [name for name in changed if name not in {"_", "__debug__"}]


_main = types.ModuleType("__main__")
_furniture: dict[str, Any] = {}
_inputs = [""]  # `In` and `Out`: names that a cell may take for something else
_outputs: dict[int, Any] = {}
_needed: dict[str, types.ModuleType] = {}
_in_library: list[str] = []


def prepare() -> None:
    """Make the namespace of the page; done once, before the memory snapshot."""
    global _loop, _pristine
    global _page_loop
    _make_furniture()
    _page_loop = asyncio.events._get_event_loop_policy().get_event_loop()  # type: ignore[attr-defined]
    asyncio.events._set_event_loop_policy(_Policy())  # type: ignore[attr-defined]
    asyncio._set_running_loop(None)
    _loop = TabLoop()
    asyncio.events._get_event_loop_policy().set_event_loop(_page_loop)  # type: ignore[attr-defined]
    asyncio.run = importlib.import_module("asyncio.runners").run
    time.sleep = sleep
    builtins.input = ask
    builtins.display = display  # type: ignore[attr-defined]
    builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]
    os._exit = _no_exit  # type: ignore[assignment]
    os.abort = _no_exit  # type: ignore[assignment]
    sys.modules["__main__"] = _main
    sys.meta_path.append(_lazy)
    linecache.updatecache = _lines_of
    _pristine = dict(builtins.__dict__)
    _needed.update({name: sys.modules[name] for name in ("asyncio", "linecache", "traceback")})
    with zipfile.ZipFile(_LIBRARY) as library:
        tops = {re.split(r"[/.]", name, maxsplit=1)[0] for name in library.namelist()}
    _in_library[:] = sorted(tops)
    sys.setrecursionlimit(DEEPEST)
    warnings.simplefilter("default", DeprecationWarning)
    warnings.formatwarning = _warning
    import magics

    magics.register(shell)


def _warning(message: Any, category: Any, filename: str, *more: Any, **named: Any) -> str:
    """Write a warning as Python does, without a place that is the kernel's own."""
    if filename.startswith(_OWN_FOLDER):
        return f"{category.__name__}: {message}\n"
    return _plain_warning(message, category, filename, *more, **named)


_plain_warning = warnings.formatwarning


def _make_furniture() -> None:
    _furniture.update(
        In=_inputs, _ih=_inputs, Out=_outputs, _oh=_outputs,
        get_ipython=lambda: shell, exit=_leave, quit=_leave, _="", __="",
    )  # fmt: skip
    _furniture["___"] = ""
    _main.__dict__.update(_furniture)


def _leave(code: object = None) -> NoReturn:
    raise SystemExit(code)


def _no_exit(code: int = 0) -> NoReturn:
    raise SystemExit(code)


def connect(
    post: Callable[..., None],
    wait: Callable[[float], Any] | None,
    ask_page: Callable[[str, bool], Any] | None,
    fetch: Callable[[str], str],
) -> None:
    """Bind the kernel to its page; called once, after the memory snapshot was loaded.

    Args:
        post: takes kind, cell and up to two values.
        wait: sleeps for so many seconds, where the browser can.
        ask_page: asks the reader for a line, given a prompt and whether it is a password.
        fetch: brings what an import needs; says `new` if anything came, nothing if there is
            nothing to bring, and otherwise why it did not come.
    """
    global _post, _wait, _ask
    _post = post
    if wait is not None:
        _wait = wait
    _ask = ask_page
    _lazy.fetch = fetch
    _loop._clock_resolution = time.get_clock_info("monotonic").resolution
    _forget_directories()


class NotFetchedError(ImportError):
    """What an import needs is part of the book but did not come: the reader is offline, perhaps."""

    __module__ = "builtins"  # shown without the kernel's name


class _LazyFinder:
    """Finds what is not there yet: the last entry of `sys.meta_path`."""

    fetch: Callable[[str], str] | None = None

    def find_spec(
        self,
        name: str,
        path: Any = None,
        target: types.ModuleType | None = None,
    ) -> Any:
        """Fetch the bundle with this module, and look again."""
        said = "" if self.fetch is None else self.fetch(name)
        if not said:
            return None
        if said != "new":
            message = f"{name} could not be fetched ({said})"
            raise NotFetchedError(message, name=name)
        return _PathFinder.find_spec(name, path, target)


_lazy = _LazyFinder()
_read_lines = linecache.updatecache


def _lines_of(filename: str, module_globals: Any = None) -> list[str]:
    """Read a file's lines, for `inspect` and tracebacks; fetch the standard library for its own."""
    if filename.startswith(_LIBRARY) and _lazy.fetch is not None:
        _lazy.fetch("os")
    return _read_lines(filename, module_globals)


def _forget_directories() -> None:
    zipimport._zip_directory_cache.clear()
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()


def standard_names() -> list[str]:
    """Name what the archive of the standard library holds; all else of it is built in or absent."""
    return _in_library


def unpack(archive: Any, folder: str) -> list[str]:
    """Unpack a zip file that arrived as bytes of JavaScript, and name its compiled modules."""
    with zipfile.ZipFile(BytesIO(archive.to_bytes())) as opened:
        opened.extractall(folder)
        return [f"{folder}/{name}" for name in opened.namelist() if name.endswith(".so")]


_ADAPTED = {"http"}  # bundles with a module that adapts them to a tab


def arrived(group: str) -> None:
    """Look again at the folders: a bundle was unpacked."""
    _forget_directories()
    if group == "stdlib":
        linecache.checkcache()
    if group in _ADAPTED:
        importlib.import_module(f"tab_{group}")
    if group == "course" and COURSE not in sys.path:
        sys.path.insert(0, COURSE)


COURSE = "/course"


def sleep(seconds: float, /) -> None:
    """Wait as `time.sleep` does, in slices so that Stop is heard."""
    if seconds < 0:
        message = "sleep length must be non-negative"
        raise ValueError(message)
    _send_streams()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        _wait(min(left, 0.1))


sleep.__module__ = "time"


def ask(prompt: object = "", /) -> str:
    """Read a line from the reader, as `input` does."""
    _send_streams()
    if _ask is None:
        message = (
            "Python cannot wait for an answer yet. Reload the page and try again; where that "
            "does not help, give the answer in the cell: name = 'Ada'"
        )
        raise RuntimeError(message)
    return _ask(str(prompt), False)


ask.__name__ = ask.__qualname__ = "input"
ask.__module__ = "builtins"
