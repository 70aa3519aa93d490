"""Watch a class come to be, and draw what its objects are instances and subclasses of.

`creation` records one or more class statements:

    with creation() as story:
        class Order(Model, table="orders"):
            total = Column()
    story.timeline()

Method: `sys.monitoring` (PEP 669, Python 3.12) reports each start and end of a Python function in
this thread; those that are steps of class creation by their name and first argument are kept, with
what they received and gave. `builtins.__build_class__`, which every class statement calls, is
wrapped for the length of the block to learn which code object is the class body. The step
"metaclass" has no hook to watch; it is put in from the rule in the language reference, 3.3.3.3
("Determining the appropriate metaclass"). Names that only the compiler puts into a namespace are
left out, so the same class statement gives the same story on 3.13, 3.14 and 3.15.

`family` draws instances, classes and metaclasses from `type()` and `__mro__`; `grid` draws a table
of answers that a cell found by trying.
"""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seethrough.picture import Canvas, Colour, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType, TracebackType

# What the compiler itself writes into a class namespace, by version: 3.12 added
# __classdictcell__, 3.13 __static_attributes__ and __firstlineno__, 3.14 the annotate function.
COMPILER_NAMES = frozenset({
    "__module__", "__qualname__", "__classcell__", "__classdictcell__", "__type_params__",
    "__firstlineno__", "__static_attributes__", "__annotations__", "__annotate__",
    "__annotate_func__", "__conditional_annotations__", "__orig_bases__",
})  # fmt: skip

_COLOURS: dict[str, Colour] = {
    "expression": "grey",
    "__mro_entries__": "orange",
    "metaclass": "grey",
    "body": "blue",
    "__set_name__": "green",
    "__init_subclass__": "red",
    "decorator": "orange",
}
_NOISE = frozenset({"__getattr__", "__enter__", "__exit__"})  # of an import or a nested block
_TOOLS = (4, 3)  # identifiers that debuggers, coverage and profilers leave alone


@dataclass
class Step:
    """One step of the creation of a class.

    Attributes:
        hook: its kind: the hook's name, or `expression`, `metaclass`, `body`, `decorator`.
        where: the function that ran, such as `Meta.__prepare__`.
        received: what it got, without the object that it is a method of.
        gave: what it returned or raised, where that tells something.
        depth: how many steps were still running when this one began.
        begin: the tick at which it began; each begin and end of a step is one tick.
        end: the tick at which it ended.
    """

    hook: str
    where: str
    received: str
    gave: str = ""
    depth: int = 0
    begin: int = 0
    end: int = 0


@dataclass
class _Open:
    """A step that has not ended yet, with the frame that runs it."""

    step: Step
    frame: FrameType | None
    native: bool = False
    base: object = None


@dataclass
class _Build:
    """One running call of `__build_class__`."""

    name: str
    bases: tuple[Any, ...]
    asked: Any
    body: CodeType
    settled: bool = False
    replaced: dict[int, tuple[object, ...]] = field(default_factory=dict)


@dataclass
class Story:
    """What `creation` recorded.

    Attributes:
        steps: in the order in which they began.
    """

    steps: list[Step] = field(default_factory=list)

    @property
    def hooks(self) -> list[str]:
        """The kinds of the steps, in order."""
        return [step.hook for step in self.steps]

    @property
    def text(self) -> str:
        """The story in columns; a step that runs inside another one is indented."""
        names = ["  " * step.depth + step.where for step in self.steps]
        pad = max(map(len, names), default=0)
        lines = []
        for place, (name, step) in enumerate(zip(names, self.steps, strict=True), 1):
            gave = f" → {step.gave}" if step.gave else ""
            words = _cut(step.received, 90 - len(gave)) + gave
            lines.append(f"{place:>2}  {name:<{pad}}  {words}".rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text

    def timeline(self, title: str = "How the class came to be") -> Picture:
        """Draw one row a step: a bar from its begin to its end, its name, what it got and gave.

        Args:
            title: what is read first by a screen reader and printed above the picture.

        Returns:
            The picture. The horizontal axis counts begins and ends; it is order, not time.
        """
        text = f"{title}\n{self.text}"
        canvas = Canvas(700, 44 + 44 * len(self.steps), title, text)
        ticks = max((step.end for step in self.steps), default=0) + 1
        canvas.text(0, 16, title, bold=True)
        for place, step in enumerate(self.steps):
            y = 34 + 44 * place
            scale = 128 / ticks
            left, wide = 8 + step.begin * scale, max((step.end - step.begin) * scale, 5)
            colour = _COLOURS.get(step.hook, "purple")
            canvas.rect(left, y + 4, wide, 22, fill=colour, tip=f"{step.where} {step.received}")
            indent = 152 + 14 * step.depth
            canvas.text(indent, y + 13, f"{place + 1}. {step.where}", mono=True, bold=True)
            gave = f"  →  {step.gave}" if step.gave else ""
            room = 78 - 2 * step.depth - len(gave)
            canvas.text(indent, y + 31, _cut(step.received, room) + gave)
        canvas.line(8, canvas.height - 6, 136, canvas.height - 6, arrow=True)
        return canvas.picture(text)


class creation:  # noqa: N801 - read as `with creation() as story`
    """Record the class statements of a `with` block in this thread."""

    def __init__(self) -> None:
        self.story = Story()
        self._open: list[_Open] = []
        self._builds: list[_Build] = []
        self._made: list[object] = []
        self._tick = 0
        self._tool = 0
        self._thread = 0
        self._block: FrameType | None = None
        self._build_class: Callable[..., Any] = builtins.__build_class__

    def __enter__(self) -> Story:
        free = [tool for tool in _TOOLS if sys.monitoring.get_tool(tool) is None]
        if not free:
            message = "class creation is being recorded already"
            raise RuntimeError(message)
        self._tool, self._thread = free[0], threading.get_ident()
        self._block = sys._getframe(1)
        self._build_class = builtins.__build_class__
        builtins.__build_class__ = self._statement
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(self._tool, "course-classes")
        for event, action in (
            (events.PY_START, self._started),
            (events.PY_RETURN, self._returned),
            (events.PY_UNWIND, self._unwound),
            (events.CALL, self._called),
            (events.C_RETURN, self._native_returned),
            (events.C_RAISE, self._native_raised),
        ):
            sys.monitoring.register_callback(self._tool, event, action)
        chosen = events.PY_START | events.PY_RETURN | events.PY_UNWIND | events.CALL
        sys.monitoring.set_events(self._tool, chosen)
        return self.story

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.monitoring.set_events(self._tool, 0)
        sys.monitoring.free_tool_id(self._tool)
        builtins.__build_class__ = self._build_class
        while self.story.steps and self.story.steps[-1].hook == "expression":
            self.story.steps.pop()  # no class statement followed
        self._block = None  # a kept frame would keep everything in it alive
        self._open.clear()
        self._made.clear()

    def _statement(self, body: Any, name: str, *bases: Any, **keywords: Any) -> Any:
        """Stand in for `__build_class__`: note what is being built, then build it."""
        if threading.get_ident() != self._thread or self._importing(sys._getframe(1)):
            return self._build_class(body, name, *bases, **keywords)
        build = _Build(name, bases, keywords.get("metaclass"), body.__code__)
        self._builds.append(build)
        try:
            made = self._build_class(body, name, *bases, **keywords)
            self._made.append(made)
            return made
        except TypeError as error:
            if not build.settled:
                self._settle(build, f"raised {type(error).__name__}")
            raise
        finally:
            self._builds.pop()

    def _started(self, code: CodeType, _offset: int) -> None:
        if code.co_filename == __file__ or threading.get_ident() != self._thread:
            return
        frame = sys._getframe(1)
        step = self._recognise(code, frame)
        if step is None:
            return
        if self._builds and not self._builds[-1].settled and step.hook in {"__prepare__", "body"}:
            self._settle(self._builds[-1])
        self._begin(step, frame, base=self._asked_base(code))

    def _recognise(self, code: CodeType, frame: FrameType) -> Step | None:
        """Tell which step of class creation a starting function is, if any."""
        name, build = code.co_name, self._builds[-1] if self._builds else None
        if name in _NOISE or self._importing(frame):
            return None
        if build is not None and code is build.body:
            kind = type(frame.f_locals).__name__
            return Step("body", f"class body of {build.name}", f"runs in a {kind}")
        first, arguments = _arguments(code, frame)
        outer, _, where = code.co_qualname.rpartition(".<locals>.")
        if build is not None and not build.settled and self._asked_base(code) is not None:
            return Step("__mro_entries__", where, ", ".join(arguments or [_show(first)]))
        if (build is not None or self._open) and _is_hook(name, first, arguments):
            shown = [_show(first), *arguments] if name == "__init_subclass__" else arguments
            return Step(name, where, ", ".join(shown))
        if frame.f_back is self._block and not name.startswith("<generic"):
            if any(first is made for made in self._made):
                maker = outer.rpartition(">.")[2]
                where += f" (made by {maker})" if maker and self._is_made(where) else ""
                return Step("decorator", where, ", ".join([_show(first), *arguments]))
            if build is None:
                shown = arguments if first is None else [_show(first), *arguments]
                return Step("expression", where, ", ".join(shown))
        return None

    def _settle(self, build: _Build, gave: str = "") -> None:
        """Put in the step that has no hook: which metaclass wins."""
        build.settled = True
        bases = [real for base in build.bases for real in _real_bases(base, build.replaced)]
        asked = [f"metaclass={_show(build.asked)}"] if build.asked is not None else []
        found = asked + [f"type({_show(base)}) is {_show(type(base))}" for base in bases]
        step = Step("metaclass", "metaclass resolution", ", ".join(found) or "no bases")
        self._begin(step, None)
        self._finish(gave or _show(winner(build.asked, bases)))

    def _asked_base(self, code: CodeType) -> object:
        """Return the base whose `__mro_entries__` is this code and was not asked before."""
        for build in self._builds[-1:]:
            for base in build.bases:
                if not isinstance(base, type) and id(base) not in build.replaced:
                    hook = getattr(base, "__mro_entries__", None)
                    if getattr(hook, "__code__", None) is code:
                        return base
        return None

    def _importing(self, frame: FrameType | None) -> bool:
        """Tell whether a frame is part of an import, whose classes nobody asked about."""
        while frame is not None and frame is not self._block:
            if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
                return True
            frame = frame.f_back
        return False

    def _is_made(self, name: str) -> bool:
        """Tell whether a decorator was returned by an expression before the class statement."""
        return any(s.hook == "expression" and s.gave == name for s in self.story.steps)

    def _begin(
        self,
        step: Step,
        frame: FrameType | None,
        *,
        native: bool = False,
        base: object = None,
    ) -> None:
        step.depth, step.begin = len(self._open), self._tick
        self._tick += 1
        self.story.steps.append(step)
        self._open.append(_Open(step, frame, native, base))

    def _finish(self, gave: str = "") -> None:
        step = self._open.pop().step
        step.end, step.gave = self._tick, gave
        self._tick += 1

    def _returned(self, _code: CodeType, _offset: int, value: object) -> None:
        frame = sys._getframe(1)
        if not self._runs(frame):
            return
        step = self._open[-1].step
        if step.hook == "body":
            self._finish(_show(frame.f_locals))
        elif step.where.endswith(("__set_name__", "__init_subclass__", "__init__")):
            self._finish()
        else:
            if step.hook == "__mro_entries__" and self._builds and isinstance(value, tuple):
                self._builds[-1].replaced[id(self._open[-1].base)] = value
            self._made += [value] if step.hook == "decorator" else []
            self._finish(_show(value))

    def _unwound(self, _code: CodeType, _offset: int, error: BaseException) -> None:
        if self._runs(sys._getframe(1)):
            self._finish(f"raised {type(error).__name__}")

    def _runs(self, frame: FrameType) -> bool:
        """Tell whether this frame runs the innermost open step."""
        return bool(self._open) and self._open[-1].frame is frame and not self._open[-1].native

    def _called(self, _code: CodeType, _offset: int, function: object, first: object) -> None:
        if function is type.__new__ and self._builds and threading.get_ident() == self._thread:
            step = Step("type.__new__", "type.__new__", f"for {_show(first)}")
            self._begin(step, sys._getframe(1), native=True)

    def _native_returned(self, *call: object) -> None:
        if self._is_native_end(call):
            self._finish()

    def _native_raised(self, *call: object) -> None:
        if self._is_native_end(call):
            self._finish("raised")

    def _is_native_end(self, call: tuple[object, ...]) -> bool:
        return bool(self._open) and self._open[-1].native and call[2] is type.__new__


def winner(asked: object, bases: Iterable[object]) -> object:
    """Choose the metaclass of a class statement by the rule of the language reference.

    Args:
        asked: what stands behind `metaclass=`, or None.
        bases: the bases after `__mro_entries__` had its say.

    Returns:
        The most derived of the candidates, or `asked` itself where that is not a class.

    Raises:
        TypeError: no candidate is a subclass of all the others.
    """
    candidates: list[type] = [type(base) for base in bases]
    if asked is not None and not isinstance(asked, type):
        return asked
    best: type = asked if isinstance(asked, type) else (candidates or [type])[0]
    for candidate in candidates:
        if best in candidate.__mro__:
            best = candidate
        elif candidate not in best.__mro__:
            message = f"metaclass conflict: {best.__name__} and {candidate.__name__}"
            raise TypeError(message)
    return best


def _real_bases(base: object, replaced: Mapping[int, tuple[object, ...]]) -> tuple[object, ...]:
    """Replace a base that is not a class by what its `__mro_entries__` gave.

    A generic alias such as `list[int]` answers in C, out of sight; its origin is its answer.
    """
    if isinstance(base, type):
        return (base,)
    if id(base) in replaced:
        return replaced[id(base)]
    origin = getattr(base, "__origin__", None)
    return (origin,) if isinstance(origin, type) else ()


def _is_hook(name: str, first: object, arguments: list[str]) -> bool:
    """Tell whether a method called `name` on `first` is a step of class creation.

    `__new__` and `__init__` run for many objects in between (an Enum's own dictionary, say); for
    class creation the first argument is a metaclass, or a class.
    """
    if name == "__set_name__":
        return len(arguments) == 2
    if name in {"__prepare__", "__new__", "__call__"}:
        return isinstance(first, type) and issubclass(first, type)
    if name in {"__init__", "__init_subclass__"}:
        return isinstance(first, type)
    return False


def _arguments(code: CodeType, frame: FrameType) -> tuple[object, list[str]]:
    """Return the first argument of a starting function, and words for the others."""
    named = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames
    values = frame.f_locals
    positional = [values[name] for name in names[: code.co_argcount]]
    if code.co_flags & 0x04:  # CO_VARARGS; its name stands behind all named ones
        positional += values[names[named]]
        named += 1
    keywords = {name: values[name] for name in names[code.co_argcount :][: code.co_kwonlyargcount]}
    if code.co_flags & 0x08:  # CO_VARKEYWORDS
        keywords |= values[names[named]]
    first = positional[0] if positional else None
    words = [_show(value) for value in positional[1:]]
    return first, words + [f"{name}={_show(value)}" for name, value in keywords.items()]


def _show(value: object) -> str:
    """Name a value in a few characters that are the same in every run."""
    if isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
        return str(getattr(value, "__name__", value))
    if isinstance(value, tuple):
        inner = ", ".join(map(_show, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, Mapping):
        names = [str(name) for name in value if name not in COMPILER_NAMES]
        return f"{type(value).__name__} {{{', '.join(names)}}}"
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    return f"{type(value).__name__}()"


def _cut(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"


@dataclass(frozen=True)
class _Node:
    """One object in the family picture: its name, its column and its row."""

    name: str
    thing: object
    column: int
    row: int


def family(*classes: type, **instances: object) -> Picture:
    """Draw who is an instance of whom, and who inherits from whom.

    Args:
        classes: classes to show, with everything above them.
        instances: objects to show, by the name to write on them.

    Returns:
        The picture: instances, classes and metaclasses (subclasses of `type`) in three columns.
        A dashed arrow goes from an object to its `type()`, a full one from a class to its bases.
    """
    known = _closure([*classes, *map(type, instances.values())])
    plain = [cls for cls in known if not issubclass(cls, type)]
    meta = [cls for cls in known if issubclass(cls, type)]
    nodes = [_Node(cls.__name__, cls, 1, row) for row, cls in enumerate(plain)]
    nodes += [_Node(cls.__name__, cls, 2, row) for row, cls in enumerate(meta)]
    taken: list[int] = []
    for name, thing in instances.items():
        row = plain.index(type(thing)) if type(thing) in plain else 0
        while row in taken:
            row += 1
        taken.append(row)
        nodes.append(_Node(name, thing, 0, row))
    return _draw_family(nodes)


def _closure(start: Iterable[type]) -> list[type]:
    """Collect classes with all their bases and metaclasses, every base before its subclasses."""
    found: list[type] = []

    def add(cls: type) -> None:
        for base in reversed(cls.__mro__):
            if base not in found:
                found.append(base)
        if type(cls) not in found:
            add(type(cls))

    for cls in start:
        for base in reversed(cls.__mro__):
            add(base)
    return found


def _draw_family(nodes: list[_Node]) -> Picture:
    lines = []
    for node in sorted(nodes, key=lambda node: (node.column, node.row)):
        bases = [base.__name__ for base in getattr(node.thing, "__bases__", ())]
        above = f", inherits from {', '.join(bases)}" if node.column and bases else ""
        lines.append(f"{node.name}: instance of {type(node.thing).__name__}{above}")
    text = "\n".join(lines)
    shift = 0 if any(node.column == 0 for node in nodes) else 220
    height = 70 + 62 * (max(node.row for node in nodes) + 1)
    canvas = Canvas(712 - shift, height, "Instances, classes and metaclasses", text)
    _FamilyPainter(canvas, shift, nodes).paint()
    return canvas.picture(text)


@dataclass
class _FamilyPainter:
    """Draws the boxes and arrows of a family; columns are 150 wide, rows 62 high."""

    canvas: Canvas
    shift: float
    nodes: list[_Node]
    elbows: list[tuple[_Node, _Node, bool]] = field(default_factory=list)

    def paint(self) -> None:
        by_id = {id(node.thing): node for node in self.nodes}
        for column, head in enumerate(("instances", "classes", "metaclasses")):
            if self.left(column) >= 0:
                self.canvas.text(self.left(column), 16, head, bold=True)
        for node in self.nodes:
            self.type_arrow(node, by_id[id(type(node.thing))])
            for base in getattr(node.thing, "__bases__", ()) if node.column else ():
                self.base_arrow(node, by_id[id(base)])
        self.paint_elbows()
        colours: tuple[Colour, ...] = ("green", "blue", "purple")
        for node in self.nodes:
            x, y, colour = self.left(node.column), self.top(node), colours[node.column]
            self.canvas.rect(x, y, 150, 34, fill=colour, stroke=colour, opacity=0.18, tip=node.name)
            self.canvas.text(x + 75, y + 22, _cut(node.name, 18), anchor="middle", mono=True)
        foot = self.canvas.height - 12
        self.canvas.line(0, foot - 4, 40, foot - 4, dashed=True, arrow=True, colour="grey")
        self.canvas.text(48, foot, "type(x)")
        self.canvas.line(130, foot - 4, 170, foot - 4, arrow=True)
        self.canvas.text(178, foot, "inherits from")

    def left(self, column: int) -> float:
        return (2, 258, 514)[column] - self.shift

    def top(self, node: _Node) -> float:
        return 34 + 62 * node.row

    def type_arrow(self, node: _Node, kind: _Node) -> None:
        """Draw the dashed arrow from an object to its type; `type` gets a loop."""
        right, y = self.left(node.column) + 150, self.top(node)
        if kind is node:
            self.canvas.line(right - 30, y, right - 30, y - 10, dashed=True, colour="grey")
            self.canvas.line(right - 30, y - 10, right - 12, y - 10, dashed=True, colour="grey")
            self.canvas.line(right - 12, y - 10, right - 12, y, arrow=True, colour="grey")
        elif kind.column == node.column:
            self.elbows.append((node, kind, True))
        else:
            end = self.top(kind) + 17 + (node.row - kind.row)
            self.canvas.line(
                right, y + 17, self.left(kind.column), end, dashed=True, arrow=True, colour="grey"
            )

    def base_arrow(self, node: _Node, base: _Node) -> None:
        """Draw the full arrow from a class to one of its bases, around what lies between."""
        x = self.left(node.column)
        if base.column != node.column:  # a metaclass inherits from object in the end
            start, end = self.top(node) + 8, self.top(base) + 8
            self.canvas.line(x, start, self.left(base.column) + 150, end, arrow=True)
        elif node.row - base.row == 1:
            self.canvas.line(x + 75, self.top(node), x + 75, self.top(base) + 34, arrow=True)
        else:
            self.elbows.append((node, base, False))

    def paint_elbows(self) -> None:
        """Go round the boxes between two rows of one column, each arrow in a lane of its own."""
        lanes: dict[tuple[int, bool], int] = {}
        for node, target, right in sorted(self.elbows, key=lambda e: e[0].row - e[1].row):
            lane = lanes[node.column, right] = lanes.get((node.column, right), 0) + 1
            edge = self.left(node.column) + (150 if right else 0)
            out = edge + (1 if right else -1) * (6 + 7 * lane)
            start, end = self.top(node) + 25, self.top(target) + (10 if right else 25)
            colour = "grey" if right else "ink"
            self.canvas.line(edge, start, out, start, dashed=right, colour=colour)
            self.canvas.line(out, start, out, end, dashed=right, colour=colour)
            self.canvas.line(out, end, edge, end, arrow=True, dashed=right, colour=colour)


def grid(title: str, answers: Mapping[str, Mapping[str, bool]]) -> Picture:
    """Draw answers of yes and no as a table.

    Args:
        title: the question.
        answers: for each row, the answer of each column; all rows have the same columns.

    Returns:
        The picture; its text form is the same table with `yes` and `-`.
    """
    columns = [column for cells in list(answers.values())[:1] for column in cells]
    pad = max(map(len, answers), default=0)
    head = " " * pad + "".join(f"  {column}" for column in columns)
    lines = [title, head]
    for row, cells in answers.items():
        marks = [f"  {'yes' if cells[column] else '-':<{len(column)}}" for column in columns]
        lines.append(f"{row:<{pad}}{''.join(marks)}".rstrip())
    text = "\n".join(lines)
    gutter = 16 + 7.4 * pad
    step = (700 - gutter) / max(len(columns), 1)
    canvas = Canvas(700, 56 + 30 * len(answers), title, text)
    canvas.text(0, 16, title, bold=True)
    for place, column in enumerate(columns):
        canvas.text(gutter + step * (place + 0.5), 42, column, anchor="middle")
    for row, (name, cells) in enumerate(answers.items()):
        y = 52 + 30 * row
        canvas.text(gutter - 10, y + 18, name, anchor="end")
        for place, column in enumerate(columns):
            x, yes = gutter + step * place, cells[column]
            canvas.rect(x + 3, y + 2, step - 6, 24, fill="green" if yes else "grey",
                        opacity=0.85 if yes else 0.12, tip=f"{name}: {column}")  # fmt: skip
            canvas.text(x + step / 2, y + 19, "yes" if yes else "no", anchor="middle")
    return canvas.picture(text)


__all__ = ["COMPILER_NAMES", "Step", "Story", "creation", "family", "grid", "winner"]
