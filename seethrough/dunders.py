"""Which special method a piece of syntax calls, on which object, in which order.

`watch` is a class decorator: it wraps each special method that the class itself defines, so that a
recording can note the call. `probe` makes an object that has nearly all of them. `record` runs
pieces of syntax one after the other and keeps what was called:

    a, b = probe("a"), probe("b", gives={"__radd__": 7})
    record(["a + b", "1 + b"], a=a, b=b)

Method: the wrappers are ordinary functions in the class, where the interpreter looks for special
methods (language reference, 3.3.12 "Special method lookup"). Nothing is asked of the objects that
the syntax itself would not ask; their names are found by identity in what `record` was given.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from seethrough.picture import Canvas, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seethrough.picture import Colour

_COLOURS: tuple[Colour, ...] = ("blue", "orange", "green", "purple")
_SHOWN = (bool, int, float, complex, str, bytes, slice, range, type(None), type(NotImplemented))
_BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift",
           "and", "or", "xor")  # fmt: skip
_UNARY = ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil")
_TRUTHS = ("eq", "ne", "lt", "le", "gt", "ge", "bool", "contains")
_SILENT = ("call", "setitem", "delitem", "setattr", "delattr")


@dataclass
class Call:
    """One call of a special method.

    Attributes:
        method: its name, such as `__add__`.
        on: the object whose method it is, by the name that `record` knows it by.
        arguments: the other arguments, as they would be written.
        depth: how many recorded calls were still running when it began.
        gave: what it returned, or `raises` and the exception's class.
    """

    method: str
    on: str
    arguments: str
    depth: int = 0
    gave: str = ""

    @property
    def words(self) -> str:
        """The call as one would write it."""
        return f"{self.on}.{self.method}({self.arguments})"


@dataclass
class Piece:
    """One piece of syntax and what it called.

    Attributes:
        source: the expression or statement.
        calls: in the order in which they began.
        raised: the class of the exception that left the piece, or nothing.
    """

    source: str
    calls: list[Call] = field(default_factory=list)
    raised: str = ""

    @property
    def methods(self) -> list[str]:
        """The names of the methods, in order."""
        return [call.method for call in self.calls]


@dataclass
class Record:
    """What `record` kept, displayed as a picture or as text.

    Attributes:
        pieces: one for each piece of syntax.
        title: what stands above the picture.
    """

    pieces: list[Piece]
    title: str = "Syntax and the special methods it calls"

    @property
    def text(self) -> str:
        """A row a call; the piece of syntax stands beside its first call."""
        rows = [row for piece in self.pieces for row in _rows(piece)]
        wide = max((len(source) for source, _, _ in rows), default=0)
        words = max((len(call) for _, call, _ in rows), default=0)
        lines = (f"{source:<{wide}}  {call:<{words}}  {gave}" for source, call, gave in rows)
        return "\n".join([self.title, *(line.rstrip() for line in lines)])

    @property
    def picture(self) -> Picture:
        """The calls from top to bottom, each in the column of the object that was asked."""
        return _draw(self)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        return self.text


@dataclass
class _Recording:
    """What runs at the moment: the piece, the names of the objects, the calls not over yet."""

    piece: Piece
    names: dict[int, str]
    depth: int = 0


_running: list[_Recording] = []


def watch[T](cls: type[T]) -> type[T]:
    """Make the special methods that a class defines report to `record`; a class decorator.

    Args:
        cls: the class; it is changed and returned. What it inherits is not wrapped.
    """
    for name, value in list(vars(cls).items()):
        if not _is_special(name):
            continue
        if isinstance(value, FunctionType):
            setattr(cls, name, _wrapped(name, value))
            continue
        function = getattr(value, "__func__", None)
        if isinstance(function, FunctionType):
            kind: Any = type(value)  # staticmethod, as `__new__` is, or classmethod
            setattr(cls, name, kind(_wrapped(name, function)))
    return cls


def probe(
    name: str,
    *,
    only: Iterable[str] | None = None,
    without: Iterable[str] = (),
    gives: Mapping[str, object] | None = None,
) -> Any:
    """Make an object with nearly every special method, each with a harmless answer.

    Args:
        name: the name of its class.
        only: the special methods that it has; without this, all that are known here.
        without: special methods that it lacks.
        gives: answers of your own by method name; an exception instance is raised instead.

    Returns:
        The only instance of a class of its own.
    """
    own = dict(gives or {})
    wanted = set(_ANSWERS if only is None else only) - set(without) | set(own)
    body: dict[str, object] = {"__slots__": ("_left",)}
    for method in sorted(wanted):
        body[method] = _answer(own[method]) if method in own else _ANSWERS[method]
    if "__eq__" in body:
        body.setdefault("__hash__", None)
    cls: Any = watch(type(name, (), body))
    made = cls()
    object.__setattr__(made, "_left", 2)
    return made


def record(
    sources: Iterable[str],
    /,
    *,
    title: str = "Syntax and the special methods it calls",
    **objects: Any,
) -> Record:
    """Run pieces of syntax one after the other and note each special method that was called.

    Args:
        sources: expressions or statements; what one raises is noted and the next one runs.
        title: what stands above the picture.
        objects: the names that the pieces use. Names that they bind stay for the next piece.

    Returns:
        The record. Only classes decorated with `watch` and objects of `probe` are heard.
    """
    names: dict[str, Any] = dict(objects)
    pieces = []
    for source in sources:
        bound = [*reversed(names.items()), *objects.items()]  # the first name given wins
        known = {id(value): name for name, value in bound if not name.startswith("__")}
        piece = Piece(source)
        code = compile(source, "<syntax>", "exec")
        _running.append(_Recording(piece, known))
        try:
            exec(code, names)
        except Exception as error:
            piece.raised = type(error).__name__
        finally:
            _running.pop()
        pieces.append(piece)
    return Record(pieces, title)


def _is_special(name: str) -> bool:
    return len(name) > 4 and name[:2] == name[-2:] == "__"


def _wrapped(name: str, function: FunctionType) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        if not _running:
            return function(*args, **kwargs)
        recording = _running[-1]
        shown = [_show(value, recording.names) for value in args[1:]]
        shown += [f"{key}={_show(value, recording.names)}" for key, value in kwargs.items()]
        call = Call(name, _show(args[0], recording.names), ", ".join(shown), recording.depth)
        recording.piece.calls.append(call)
        recording.depth += 1
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            call.gave = f"raises {type(error).__name__}"
            raise
        finally:
            recording.depth -= 1
        # Hashes differ between 32 and 64 bits, and those of strings between two runs.
        call.gave = "a hash" if name == "__hash__" else _show(value, recording.names)
        return value

    return noted


def _show(value: object, names: dict[int, str]) -> str:
    """Name a value without calling a method of it."""
    kind = type(value)
    if id(value) in names and kind not in _SHOWN:
        return names[id(value)]
    if kind in _SHOWN:
        return repr(value)
    if issubclass(kind, type):  # `isinstance` would ask the object for its `__class__`
        return str(type.__dict__["__name__"].__get__(value))
    if kind is tuple or kind is list:
        inner = ", ".join(_show(item, names) for item in value)  # type: ignore[attr-defined]
        return f"({inner})" if kind is tuple else f"[{inner}]"
    article = "an" if kind.__name__[0] in "AEIOUaeiou" else "a"
    return f"‹{article} {kind.__name__}›"


def _rows(piece: Piece) -> list[tuple[str, str, str]]:
    """Source, call and answer of each row of the text form."""
    rows = [("", "  " * call.depth + call.words, f"→ {call.gave}") for call in piece.calls]
    if piece.raised:
        rows.append(("", f"raises {piece.raised}", ""))
    if not rows:
        rows = [("", "no special method of theirs", "")]
    return [(piece.source, *rows[0][1:]), *rows[1:]]


def _draw(kept: Record) -> Picture:
    calls = [call for piece in kept.pieces for call in piece.calls]
    lanes = list(dict.fromkeys(call.on for call in calls)) or ["nobody"]
    left = min(16 + 8.2 * max((len(piece.source) for piece in kept.pieces), default=0), 250)
    longest = max((len(_box(call)) for call in calls), default=12)
    lane = max(min((712 - left) / len(lanes), 12 + 8 * longest), 116)
    rows = sum(max(len(piece.calls) + bool(piece.raised), 1) for piece in kept.pieces)
    width = max(left + lane * len(lanes) + 8, 8 * len(kept.title), 360)
    canvas = Canvas(width, 52 + 25 * rows + 7 * len(kept.pieces), kept.title, kept.text)
    canvas.text(0, 16, kept.title, bold=True)
    for at, name in enumerate(lanes):
        canvas.text(left + lane * at + 6, 40, f"on {name}", colour=_COLOURS[at % len(_COLOURS)])
    y = 48.0
    for piece in kept.pieces:
        canvas.line(0, y, width, y, colour="grey", width=0.7)
        y += 3.5
        canvas.text(0, y + 17, fit(piece.source, left, per_character=8.2), mono=True, bold=True)
        for call in piece.calls:
            at = lanes.index(call.on)
            x = left + lane * at + 10 * min(call.depth, 3)
            wide = lane - 6 - 10 * min(call.depth, 3)
            tip = f"{call.words} → {call.gave}"
            colour = _COLOURS[at % len(_COLOURS)]
            canvas.rect(x, y + 2, wide, 21, fill=colour, stroke=colour, opacity=0.22, tip=tip)
            canvas.text(x + 5, y + 17, _box(call, int((wide - 8) / 7.9)), mono=True)
            y += 25
        if piece.raised or not piece.calls:
            words = f"raises {piece.raised}" if piece.raised else "no special method of theirs"
            canvas.text(left + 6, y + 17, words, colour="red" if piece.raised else "grey")
            y += 25
        y += 3.5
    return canvas.picture(kept.text)


def _box(call: Call, room: int = 200) -> str:
    """What stands in a box: method, arguments, and an answer that changes what follows.

    Where `room` characters are too few, the arguments are cut first.
    """
    tells = call.gave == "NotImplemented" or call.gave.startswith("raises ")
    tells = tells or (call.method == "__exit__" and call.gave == "True")
    answer = f" → {call.gave}" if tells else ""
    arguments, left = call.arguments, room - len(call.method) - len(answer) - 2
    if arguments and len(arguments) > left:
        arguments = arguments[: max(left - 1, 0)] + "…"
    return fit(f"{call.method}({arguments}){answer}", room, per_character=1)


def _answer(value: object) -> FunctionType:
    def method(self: object, *_args: object, **_kwargs: object) -> object:
        if isinstance(value, BaseException):
            raise value
        return value

    return _plain(method)


def _plain(function: Any) -> FunctionType:
    """Tell the type checker what a nested function is."""
    made: FunctionType = function
    return made


def _itself(self: object, *_args: object) -> object:
    return self


def _next(self: Any) -> int:
    left: int = object.__getattribute__(self, "_left")
    object.__setattr__(self, "_left", left - 1 if left else 2)
    if not left:
        raise StopIteration
    return left


def _attribute(self: object, name: str) -> object:
    return object.__getattribute__(self, name)


def _missing(self: object, name: str) -> object:
    if _is_special(name):
        raise AttributeError(name)
    return 0


_ANSWERS: dict[str, FunctionType] = {
    **{f"__{name}__": _answer(0) for name in _BINARY},
    **{f"__r{name}__": _answer(0) for name in _BINARY},
    **{f"__i{name}__": _plain(_itself) for name in _BINARY},
    **{f"__{name}__": _answer(True) for name in _TRUTHS},
    **{f"__{name}__": _answer(0) for name in _UNARY},
    **{f"__{name}__": _answer(7) for name in ("hash", "int", "index", "length_hint")},
    **{f"__{name}__": _answer("probe") for name in ("repr", "str", "format", "fspath")},
    **{f"__{name}__": _answer(None) for name in _SILENT},
    "__divmod__": _answer((0, 0)),
    "__rdivmod__": _answer((0, 0)),
    "__float__": _answer(1.0),
    "__complex__": _answer(1j),
    "__bytes__": _answer(b""),
    "__len__": _answer(2),
    "__dir__": _answer(["name"]),
    "__getitem__": _answer(0),
    "__iter__": _plain(_itself),
    "__next__": _plain(_next),
    "__reversed__": _answer(iter(())),
    "__enter__": _plain(_itself),
    "__exit__": _answer(None),
    "__getattribute__": _plain(_attribute),
    "__getattr__": _plain(_missing),
    "__copy__": _plain(_itself),
    "__replace__": _plain(_itself),
}
