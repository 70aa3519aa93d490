"""Attribute lookup made visible: where `obj.name` looks, in which order, and who answers.

`trace` walks the same road as the interpreter and writes down each place. The roads are those of
`PyObject_GenericGetAttr` (instances), `type_getattro` (classes), `super_getattro` (`super()`) and
`slot_tp_getattr_hook` (`__getattr__`) in CPython's `Objects/object.c` and `Objects/typeobject.c`;
the Descriptor HowTo Guide gives the first and the last in Python. Nothing is asked that the
interpreter would not ask: a `__get__` or `__getattr__` runs once, a `__repr__` only on display.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from types import (
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any, Literal

from seethrough.picture import Canvas, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seethrough.picture import Colour

type How = Literal[
    "data descriptor",
    "instance dict",
    "non-data descriptor",
    "class attribute",
    "__getattr__",
    "__getattribute__",
    "nothing",
]
type State = Literal["answers", "raises", "kept", "empty", "skipped"]
type _Call = Callable[..., Any]

# Built-ins whose own `__getattribute__` is the generic one. It cannot be seen from Python that two
# slot wrappers hold one C function; a type that is not listed is reported as deciding by itself.
_GENERIC = (
    *(object, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset),
    *(range, slice, property, classmethod, staticmethod, BaseException, FunctionType),
    *(SimpleNamespace, GetSetDescriptorType, MemberDescriptorType, type(len), type(None)),
)
_COLOURS: dict[State, Colour] = {
    "answers": "green",
    "raises": "red",
    "kept": "orange",
    "empty": "grey",
    "skipped": "grey",
}
_MARKS: dict[State, str] = {
    "answers": "answers",
    "raises": "raises AttributeError",
    "kept": "kept for later",
    "empty": "",
    "skipped": "",
}
_MISSING = object()


@dataclass(frozen=True)
class Step:
    """One place on the road.

    Attributes:
        place: the place, such as `Sensor.__dict__`.
        found: what lies there, in words.
        state: what became of it; `skipped` places are shown but were not asked.
    """

    place: str
    found: str
    state: State


@dataclass(frozen=True)
class Lookup:
    """The whole road of one attribute access, displayed as a picture or as text.

    Attributes:
        expression: what was looked up, such as `sensor.celsius`.
        steps: the places in order.
        how: what kind of place answered; `nothing` when none did.
        place: the place that answered, empty when none did.
        call: the call that produced the value, empty when it was lying there.
        value: what `getattr` would return; `None` when it would raise.
        error: what `getattr` would raise, else `None`.
    """

    expression: str
    steps: tuple[Step, ...]
    how: How
    place: str
    call: str
    value: object
    error: Exception | None

    @property
    def outcome(self) -> str:
        """The last line: the value or the error, and the call that gave it."""
        words = _show(self.value) if self.error is None else type(self.error).__name__
        return f"{words}   from {self.call}" if self.call else words

    @property
    def picture(self) -> Picture:
        """The road as SVG and text."""
        return _draw(self)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        wide = max(len(step.place) for step in self.steps)
        lines = [self.expression]
        lines += [
            f"{number:>2} {step.place:<{wide}}  {_words(step)}".rstrip()
            for number, step in _numbered(self.steps)
        ]
        return "\n".join([*lines, f" → {self.outcome}"])


def trace(obj: object, name: str, *, label: str = "") -> Lookup:
    """Look up `obj.name` and write down every place that was asked.

    Args:
        obj: an instance, a class, a module or a `super()` object.
        name: the attribute.
        label: what to call the object in the picture; else it is named after its class.

    Returns:
        The road and its end. What the lookup raises is in `error`, never raised from here.
    """
    return _Walk(obj, name, label or _label(obj)).run()


@dataclass
class _Walk:
    """One lookup under way. The methods return the value or raise, as the interpreter does."""

    obj: object
    name: str
    label: str
    steps: list[Step] = field(default_factory=list)
    how: How = "nothing"
    place: str = ""
    call: str = ""

    def run(self) -> Lookup:
        value: object = None
        error: Exception | None = None
        try:
            value = self._whole()
        except Exception as raised:
            error = raised
        return Lookup(
            f"{self.label}.{self.name}",
            tuple(self.steps),
            self.how,
            self.place,
            self.call,
            value,
            error,
        )

    def _whole(self) -> object:
        """`__getattribute__`, and `__getattr__` when that raises `AttributeError`."""
        cls = type(self.obj)
        hook = _find(cls, "__getattr__")
        try:
            value = self._getattribute(cls)
        except AttributeError:
            if hook is None:
                raise
        else:
            if hook is not None:
                self._step(f"{_name(hook[0])}.__getattr__", "not reached", "skipped")
            return value
        owner, function = hook
        place = f"{_name(owner)}.__getattr__"
        call = f"{place}({self.label}, {self.name!r})"
        return self._ask(place, "", "__getattr__", call, _bind(function, self.obj), self.name)

    def _getattribute(self, cls: type) -> object:
        found = _find(cls, "__getattribute__")
        owner = found[0] if found else object
        if owner is type:
            return self._class_road(cls)
        if owner is super:
            return self._super_road()
        if owner is ModuleType:
            return self._module_road(cls)
        if any(owner is known for known in _GENERIC):
            return self._instance_road(cls)
        function = found[1] if found else None
        place = f"{_name(owner)}.__getattribute__"
        call = f"{place}({self.label}, {self.name!r})"
        bound = _bind(function, self.obj)
        return self._ask(place, "its own rules", "__getattribute__", call, bound, self.name)

    def _instance_road(self, cls: type) -> object:
        """Data descriptor, instance dict, non-data descriptor, class attribute."""
        own = _own_dict(self.obj)
        if own is None and _has_hidden_dict(cls):
            place = "object.__getattribute__"
            call = f"{place}({self.label}, {self.name!r})"
            ask = object.__getattribute__
            how: How = "__getattribute__"
            return self._ask(
                place, "the instance dict is hidden", how, call, ask, self.obj, self.name
            )
        found = self._scan(_mro(cls))
        place = f"{self.label}.__dict__"
        if found and _kind(found[1]) == "data descriptor":
            holds = own is not None and self.name in own  # a peek, for display only
            words = f"also holds {self.name!r}, not asked" if holds else "not asked"
            try:
                return self._descriptor(found, self.obj, cls)
            finally:
                if own is not None:
                    self._step(place, words, "skipped")
        if own is None:
            self._step(place, "there is none", "empty")
        elif self.name in own:
            value = dict.__getitem__(own, self.name)
            self._step(place, f"{_name(type(value))} value", "answers")
            self.how, self.place = "instance dict", place
            return value
        else:
            self._step(place, "nothing", "empty")
        return self._kept(found, self.obj, cls)

    def _class_road(self, metaclass: type) -> object:
        """Data descriptor on the metaclass, the class's own MRO, then the metaclass again."""
        cls: Any = self.obj
        found = self._scan(_mro(metaclass), " (metaclass)")
        if found and _kind(found[1]) == "data descriptor":
            return self._descriptor(found, cls, metaclass, " (metaclass)")
        own = self._scan(_mro(cls), keep=False)
        if own:
            return self._settle(own, None, cls)
        return self._kept(found, cls, metaclass, " (metaclass)")

    def _super_road(self) -> object:
        """The classes behind the given one in the instance's MRO; no instance dict."""
        proxy = self.obj
        start: Any = _SUPER["__self_class__"].__get__(proxy)
        if start is not None and self.name != "__class__":
            this = _SUPER["__thisclass__"].__get__(proxy)
            instance = _SUPER["__self__"].__get__(proxy)
            mro = _mro(start)
            cut = next((n for n, cls in enumerate(mro, 1) if cls is this), len(mro))
            for cls in mro[:cut]:
                self._step(f"{_name(cls)}.__dict__", "passed over", "skipped")
            found = self._scan(mro[cut:], keep=False)
            if found:
                bound = None if instance is start else instance
                return self._settle(found, bound, start)
        return self._instance_road(type(proxy))

    def _module_road(self, cls: type) -> object:
        """As an instance, then the module's own `__getattr__` function (PEP 562)."""
        try:
            return self._instance_road(cls)
        except AttributeError:
            own = _own_dict(self.obj) or {}
            if "__getattr__" not in own:
                raise
        place = f"{self.label}.__dict__['__getattr__']"
        call = f"{self.label}.__getattr__({self.name!r})"
        return self._ask(place, "", "__getattr__", call, own["__getattr__"], self.name)

    def _scan(
        self, classes: Iterable[type], note: str = "", *, keep: bool = True
    ) -> tuple[type, object] | None:
        """Search the classes' own dicts; what must wait for its turn is noted as kept."""
        for cls in classes:
            place = f"{_name(cls)}.__dict__{note}"
            namespace = _namespace(cls)
            if self.name in namespace:
                value = namespace[self.name]
                if keep and _kind(value) != "data descriptor":
                    self._step(place, _describe(value), "kept")
                return cls, value
            self._step(place, "nothing", "empty")
        return None

    def _kept(
        self, found: tuple[type, object] | None, instance: object, owner: type, note: str = ""
    ) -> object:
        """Give what the scan has kept its turn."""
        if found is None:
            kind = "type object" if _is(self.obj, type) else "object"
            message = f"{_name(owner)!r} {kind} has no attribute {self.name!r}"
            raise AttributeError(message)
        return self._settle(found, instance, owner, f"{note}, kept")

    def _settle(
        self, found: tuple[type, object], instance: object, owner: type, note: str = ""
    ) -> object:
        """Answer with what was found in a class: through `__get__`, or as it is."""
        kind = _kind(found[1])
        if kind != "class attribute":
            return self._descriptor(found, instance, owner, note)
        self.how, self.place = kind, f"{_name(found[0])}.__dict__"
        self._step(f"{self.place}{note}", _describe(found[1]), "answers")
        return found[1]

    def _descriptor(
        self, found: tuple[type, object], instance: object, owner: type, note: str = ""
    ) -> object:
        cls, value = found
        place = f"{_name(cls)}.__dict__{note}"
        get = _find(type(value), "__get__")
        who = "None" if instance is None else self._who(instance)
        self.place = f"{_name(cls)}.__dict__"
        call = f"{_name(type(value))}.__get__({who}, {_name(owner)})"
        if instance is None and self.obj is None:  # `__get__(None, …)` would mean the class
            ask = object.__getattribute__
            return self._ask(place, _describe(value), _kind(value), call, ask, None, self.name)
        function: Any = get[1] if get else None
        args = (value, instance, owner)
        return self._ask(place, _describe(value), _kind(value), call, function, *args)

    def _who(self, instance: object) -> str:
        return self.label if instance is self.obj else _label(instance)

    def _ask(
        self, place: str, found: str, how: How, call: str, action: _Call, *args: object
    ) -> object:
        """Call a piece of the learner's code, once, and note how it went."""
        self.how, self.call = how, call
        self.place = self.place if how.endswith("descriptor") else place
        state: State = "answers"
        try:
            return action(*args)
        except AttributeError:
            state = "raises"
            raise
        except Exception as error:
            found = f"{found} raised {type(error).__name__}".strip()
            raise
        finally:
            self._step(place, found, state)

    def _step(self, place: str, found: str, state: State) -> None:
        self.steps.append(Step(place, found, state))


def grid(kinds: Mapping[str, object], *, title: str = "Who answers host.x") -> Picture:
    """Try each object as a class attribute `x` and see who serves reading and assignment.

    Args:
        kinds: a label and an object for each row. Each becomes `x` of a fresh class with an
            instance `host`. A descriptor should not itself write to `host.__dict__`.
        title: stands above the picture.

    Returns:
        A grid: who answers `host.x` when the instance dict has no `x`, and when it has one, and
        where `host.x = …` goes. Found by doing it; `trace` plays no part.
    """
    columns = ("read, dict empty", "read, x in dict", "assign")
    rows = [
        (label, (_read(kind), _read(kind, "x"), _assign(kind))) for label, kind in kinds.items()
    ]
    return _draw_grid(title, columns, rows)


class _Host:
    """What the grid's fresh classes are made from."""

    x: object


def _host(kind: object) -> _Host:
    return type("Host", (_Host,), {"x": kind})()


def _read(kind: object, *names: str) -> str:
    host, marker = _host(kind), object()
    host.__dict__.update(dict.fromkeys(names, marker))
    try:
        value = host.x
    except AttributeError:
        return "AttributeError"
    if value is marker:
        return "instance dict"
    return "object itself" if value is kind else "__get__"


def _assign(kind: object) -> str:
    host, marker = _host(kind), object()
    try:
        host.x = marker
    except AttributeError:
        return "AttributeError"
    return "instance dict" if host.__dict__.get("x") is marker else "__set__"


def _find(cls: type, name: str) -> tuple[type, object] | None:
    """Search a class's MRO the way `_PyType_Lookup` does: raw, past every metaclass."""
    for base in _mro(cls):
        namespace = _namespace(base)
        if name in namespace:
            return base, namespace[name]
    return None


def _mro(cls: type) -> tuple[type, ...]:
    return _TYPE["__mro__"].__get__(cls)


def _namespace(cls: type) -> Mapping[str, Any]:
    return _TYPE["__dict__"].__get__(cls)


_TYPE: Mapping[str, Any] = type.__dict__
_SUPER: Mapping[str, Any] = super.__dict__


def _own_dict(obj: object) -> dict[str, Any] | None:
    """Find the instance dict itself, whatever a property called `__dict__` may say."""
    for base in _mro(type(obj)):
        slot: Any = _namespace(base).get("__dict__")
        if type(slot) in {GetSetDescriptorType, MemberDescriptorType}:
            own = slot.__get__(obj)
            return own if _is(own, dict) else None
    return None


def _has_hidden_dict(cls: type) -> bool:
    """Tell whether a class gave `__dict__` another meaning, so that nothing leads to the dict."""
    return bool(_TYPE["__dictoffset__"].__get__(cls)) and _find(cls, "__dict__") is not None


def _is(obj: object, cls: type) -> bool:
    """`isinstance`, without asking the object for its `__class__`."""
    return any(base is cls for base in _mro(type(obj)))


def _kind(value: object) -> How:
    """Tell what an object in a class namespace does to an access, by its own class."""
    cls = type(value)
    if _find(cls, "__get__") is None:
        return "class attribute"
    overrides = _find(cls, "__set__") or _find(cls, "__delete__")
    return "data descriptor" if overrides else "non-data descriptor"


def _bind(function: Any, obj: object) -> _Call:
    """Make a special method callable, as `lookup_maybe_method` does."""
    get: Any = _find(type(function), "__get__")
    return get[1](function, obj, type(obj)) if get else function


def _name(cls: type) -> str:
    return _TYPE["__name__"].__get__(cls)


def _label(obj: object) -> str:
    """Name an object for the picture without asking it anything."""
    cls = type(obj)
    if cls is super:
        this, instance = _SUPER["__thisclass__"], _SUPER["__self__"]
        bound = instance.__get__(obj)
        inner = "" if bound is None else f", {_label(bound)}"
        return f"super({_name(this.__get__(obj))}{inner})"
    if _is(obj, type):
        return _TYPE["__name__"].__get__(obj)
    if _is(obj, ModuleType):
        return str((_own_dict(obj) or {}).get("__name__", "module"))
    return _name(cls).lower()


def _describe(value: object) -> str:
    kind = _kind(value)
    what = _name(type(value))
    if kind != "class attribute":
        return f"{what}: {kind}"
    sets = _find(type(value), "__set__") or _find(type(value), "__delete__")
    return f"{what}: no __get__" if sets else f"{what}: plain value"


def _show(value: object, limit: int = 48) -> str:
    """Write a value so that two runs agree: functions by name, addresses left out."""
    if _is(value, type):
        return f"class {_TYPE['__name__'].__get__(value)}"
    if type(value) is MethodType:
        name = getattr(value.__func__, "__qualname__", "?").rpartition("<locals>.")[2]
        return f"bound method {name}"
    if type(value) is FunctionType:
        return f"function {value.__qualname__.rpartition('<locals>.')[2]}"
    try:
        words = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value)).replace("__main__.", "")
    except Exception as error:
        words = f"<{_name(type(value))} whose repr raises {_name(type(error))}>"
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _numbered(steps: Iterable[Step]) -> list[tuple[str, Step]]:
    """Number the places that were asked; the others get a dot."""
    numbers = iter(range(1, 1000))
    return [("·" if step.state == "skipped" else f"{next(numbers)}", step) for step in steps]


def _words(step: Step) -> str:
    return "  → ".join(part for part in (step.found, _MARKS[step.state]) if part)


_WIDE = 440.0  # what a phone can still show at a readable size


def _draw(lookup: Lookup) -> Picture:
    text = repr(lookup)
    numbered = _numbered(lookup.steps)
    boxes = 16 + 7.9 * max(len(step.place) for step in lookup.steps)
    lengths = [8.0 * len(_words(step)) for step in lookup.steps]
    beside = [52 + boxes + length <= _WIDE for length in lengths]  # else the words go below
    spans = [
        52 + (boxes if near else 0) + length for near, length in zip(beside, lengths, strict=True)
    ]
    *tops, bottom = accumulate((30.0 if near else 46.0 for near in beside), initial=30.0)
    short = len(lookup.outcome) * 8.0 <= _WIDE
    outcome = [f"→ {lookup.outcome}"] if short else f"→ {lookup.outcome}".split("   ")
    width = max(360.0, 44 + boxes, *spans, *(8.0 * len(line) for line in outcome))
    canvas = Canvas(width, bottom + 4 + 22 * len(outcome), f"Looking up {lookup.expression}", text)
    canvas.text(0, 16, lookup.expression, size=14, bold=True, mono=True)
    asked = [top + 12 for top, (mark, _) in zip(tops, numbered, strict=True) if mark != "·"]
    if len(asked) > 1:
        canvas.line(14, asked[0], 14, asked[-1], colour="grey")
    for top, near, (mark, step) in zip(tops, beside, numbered, strict=True):
        with canvas.step(f"{step.place}: {_words(step)}"):
            _draw_step(canvas, top, boxes, mark, step)
            x, y = (52 + boxes, 16.5) if near else (48, 38)
            canvas.text(x, top + y, _words(step), bold=step.state == "answers")
    with canvas.step(f"→ {lookup.outcome}"):
        for place, line in enumerate(outcome):
            canvas.text(0, bottom + 18 + 22 * place, line, mono=True)
    return canvas.picture(text)


def _draw_step(canvas: Canvas, y: float, width: float, mark: str, step: Step) -> None:
    colour = _COLOURS[step.state]
    skipped = step.state == "skipped"
    if not skipped:
        canvas.circle(14, y + 12, 11, fill=colour)
    canvas.rect(
        *(40, y, width, 24),
        fill="none" if skipped or step.state == "empty" else colour,
        stroke=colour,
        opacity=0.25,
        dashed=skipped,
    )
    canvas.text(14, y + 16.5, mark, anchor="middle", bold=True)
    canvas.text(48, y + 16.5, step.place, mono=True)


def _draw_grid(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, tuple[str, ...]]]
) -> Picture:
    colours: dict[str, Colour] = {"__get__": "blue", "__set__": "blue", "instance dict": "orange"}
    first = 16 + 7.6 * max((len(label) for label, _ in rows), default=0)
    cell = 124.0
    pad = max((len(label) for label, _ in rows), default=0)
    lines = [title, "  ".join([" " * pad, *(f"{column:<16}" for column in columns)]).rstrip()]
    lines += [
        "  ".join([f"{label:<{pad}}", *(f"{answer:<16}" for answer in answers)]).rstrip()
        for label, answers in rows
    ]
    text = "\n".join(lines)
    canvas = Canvas(first + cell * len(columns), 52 + 38 * len(rows), title, text)
    canvas.text(0, 16, title, bold=True)
    for place, column in enumerate(columns):
        canvas.text(first + cell * (place + 0.5), 40, column, anchor="middle")
    for row, (label, answers) in enumerate(rows):
        y = 50 + 38 * row
        canvas.text(first - 10, y + 21, label, anchor="end", mono=False)
        for place, answer in enumerate(answers):
            colour = colours.get(answer, "grey")
            x = first + cell * place + 3
            canvas.rect(x, y, cell - 6, 32, fill=colour, stroke=colour, opacity=0.25)
            canvas.text(x + cell / 2 - 3, y + 21, answer, anchor="middle", mono=True)
    return canvas.picture(text)
