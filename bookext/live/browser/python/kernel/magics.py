"""The magics that chapters use, for the kernel in the tab; their words equal IPython's."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import sys
import timeit as timing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, override

from .inspection import about, found
from .shell import UsageError
from .source import Place, compiler

if TYPE_CHECKING:
    from .shell import Shell

_SCALE = ((1.0, "s"), (1e-3, "ms"), (1e-6, "μs"), (1e-9, "ns"))


def register(shell: Shell) -> None:
    """Make every magic of this module known."""

    def timeit(line: str, cell: str | None = None) -> Any:
        options, statement = _options(line, "nr", "qo")
        setup, code = (statement, cell) if cell is not None else ("", statement)
        timer = timing.Timer()
        timer.inner = _timed(shell, setup, code)  # pyrefly: ignore[missing-attribute]
        repeats = int(options.get("r", 7))
        number = int(options["n"]) if "n" in options else timer.autorange()[0]
        runs = [each / number for each in timer.repeat(repeats, number)]
        result = TimeitResult(number, repeats, min(runs), max(runs), runs)
        if "q" not in options:
            print(result)
        return result if "o" in options else None

    def time(line: str, cell: str | None = None) -> Any:
        if cell is not None and line.strip():
            message = "Can't use statement directly after '%%time'!"
            raise UsageError(message)
        codes, shows = shell.compile(line if cell is None else cell)
        value = None
        start = perf_counter()
        try:
            for code in codes:
                value = eval(code, shell.user_ns)
        finally:
            spent = perf_counter() - start
            print(f"CPU times: total: {_duration(spent)}\nWall time: {_duration(spent)}")
        return value if shows else None

    def writefile(line: str, cell: str) -> None:
        options, name = _options(line, "", "a")
        path = Path(name.strip("\"'"))
        verb = "Appending to" if "a" in options else "Overwriting" if path.exists() else "Writing"
        print(f"{verb} {path}")
        with path.open("a" if "a" in options else "w", encoding="utf-8") as file:
            file.write(cell)
        sys.path_importer_cache.clear()

    def capture(line: str, cell: str) -> None:
        words = line.split()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for code in shell.compile(cell)[0]:
                eval(code, shell.user_ns)
        if words and not words[0].startswith("-"):
            shell.user_ns[words[0]] = Captured(out.getvalue(), err.getvalue())

    def load_ext(line: str) -> None:
        from importlib import import_module

        module = import_module(line.strip())
        if hasattr(module, "load_ipython_extension"):
            module.load_ipython_extension(shell)

    def quiet(line: str) -> None:
        """Do nothing: the setting has no meaning in a tab."""

    def system(line: str) -> None:
        message = f"a browser tab has no shell to run `{line.split()[0] if line else ''}`"
        raise OSError(message)

    def pwd(line: str) -> str:
        return str(Path.cwd())

    def pinfo(line: str) -> None:
        print(_told_of(shell, line, source=False))

    def pinfo2(line: str) -> None:
        print(_told_of(shell, line, source=True))

    for function, kind in (
        (timeit, "line_cell"),
        (time, "line_cell"),
        (writefile, "cell"),
        (capture, "cell"),
        (load_ext, "line"),
        (system, "line"),
        (pwd, "line"),
        (pinfo, "line"),
        (pinfo2, "line"),
    ):
        shell.register_magic_function(function, kind)
    for name in ("matplotlib", "config", "autoreload", "xmode", "reload_ext"):
        shell.register_magic_function(quiet, "line", name)


def _told_of(shell: Shell, line: str, *, source: bool) -> str:
    """Say what `name?` asks for."""
    name = line.strip()
    magic = name.lstrip("%")
    if name != magic and (magic in shell.line_magics or magic in shell.cell_magics):
        return f"`{name}` is a command of notebooks; IPython's documentation describes it."
    try:
        value = found(name, builtins.__dict__ | shell.user_ns)
    except LookupError:
        return f"Object `{name}` not found."
    return about(value, source=source)


_LOOP = """
def inner(_it, _timer):
    _start = _timer()
    for _ in _it:
        pass
    return _timer() - _start
"""


def _timed(shell: Shell, setup: str, statement: str) -> Any:
    """Make the function that `timeit.Timer` calls; its frames name the reader's lines.

    Args:
        shell: knows where the code stands.
        setup: runs once.
        statement: is timed.

    Raises:
        SyntaxError: when one of them is not Python, or returns.
    """
    place = shell.place
    inside = shell.parse(statement)
    before = compiler.parse_part(setup, Place(place.filename, max(place.line - 1, 1)))
    for tree in (before, inside):
        compiler.check(tree, place.filename)
    program = ast.parse(_LOOP)
    for node in ast.walk(program):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = place.line  # pyrefly: ignore[missing-attribute]
    match program.body:
        case [ast.FunctionDef(body=[_, ast.For() as loop, _]) as function]:
            loop.body = inside.body or loop.body
            function.body[:0] = before.body
    names: dict[str, Any] = {}
    exec(compiler.code(program, place.filename, "exec"), shell.user_ns, names)
    return names["inner"]


class Captured:
    """What `%%capture` kept."""

    def __init__(self, stdout: str, stderr: str) -> None:
        self.stdout, self.stderr = stdout, stderr
        self.outputs: list[Any] = []

    def show(self) -> None:
        """Print it."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    @override
    def __str__(self) -> str:
        return self.stdout


class TimeitResult:
    """What `%timeit` measured, with IPython's attributes."""

    def __init__(
        self, loops: int, repeat: int, best: float, worst: float, timings: list[float]
    ) -> None:
        self.loops, self.repeat, self.best, self.worst = loops, repeat, best, worst
        self.timings = timings

    @property
    def average(self) -> float:
        """The mean of the repeats, in seconds."""
        return sum(self.timings) / len(self.timings)

    @property
    def stdev(self) -> float:
        """The standard deviation of the repeats, in seconds."""
        mean = self.average
        return (sum((each - mean) ** 2 for each in self.timings) / len(self.timings)) ** 0.5

    def __str__(self) -> str:
        runs, loops = "run" if self.repeat == 1 else "runs", "loop" if self.loops == 1 else "loops"
        return (
            f"{_duration(self.average)} ± {_duration(self.stdev)} per loop (mean ± std. dev. of "
            f"{self.repeat} {runs}, {self.loops:,} {loops} each)"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"<TimeitResult : {self}>")


def _duration(seconds: float) -> str:
    for scale, unit in _SCALE:
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _options(line: str, valued: str, flags: str) -> tuple[dict[str, str], str]:
    """Split `-n 10 -q code` into its options and the rest."""
    found: dict[str, str] = {}
    rest = line.lstrip()
    while len(rest) > 1 and rest[0] == "-" and rest[1] in valued + flags:
        letter, rest = rest[1], rest[2:].lstrip()
        if letter in valued:
            value, _, rest = rest.partition(" ")
            found[letter], rest = value, rest.lstrip()
        else:
            found[letter] = ""
    return found, rest
