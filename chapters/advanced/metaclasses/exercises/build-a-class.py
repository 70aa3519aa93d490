# %% [check]
"""The class statement as a function."""

from collections.abc import Callable
from typing import Any, override

from seethrough.exercises import Work


def check(work: Work) -> str:
    build = work.get("build")
    for banned in ("new_class", "prepare_class", "resolve_bases"):
        work.require(
            banned not in work.source, f"it calls `types.{banned}`; do that part yourself."
        )
    plain = build("Plain", (), fill(rate=3))
    work.equal((plain.__name__, plain.rate), ("Plain", 3), "a class without bases")
    stand_in(work, build)
    metaclasses(work, build)
    prepared(work, build)
    called = build("Settings", (), fill(port=80), metaclass=just_the_name)
    work.equal(called, "Settings", "build('Settings', …, metaclass=<a function>)")
    return "Bases, metaclass, namespace, body, call: that is a class statement."


def just_the_name(name: str, bases: object, namespace: object) -> str:
    return name


def stand_in(work: Work, build: Callable[..., Any]) -> None:
    class Pair:
        def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
            return (dict, Marker) if len(bases) == 2 else ()

    class Marker: ...

    class Other: ...

    try:
        made = build("Box", (Pair(), Other), fill())
    except TypeError as error:
        work.fail(f"with a base that has `__mro_entries__`, Python said: {error}.")
    work.equal(
        [base.__name__ for base in made.__bases__],
        ["dict", "Marker", "Other"],
        "the names of the bases, where Pair() stands for dict and Marker",
    )
    original = vars(made).get("__orig_bases__")
    work.require(
        original is not None,
        "the namespace has no `__orig_bases__`; a class statement leaves the original bases there "
        "when it replaced one.",
    )
    plain = vars(build("Plain", (Other,), fill()))
    work.require(
        "__orig_bases__" not in plain,
        "a class whose bases are all classes has an `__orig_bases__`; no statement does that.",
    )


def metaclasses(work: Work, build: Callable[..., Any]) -> None:
    class Table(type): ...

    class AuditedTable(Table):
        @override
        @classmethod
        def __prepare__(mcls, name: str, bases: object, /, **_: object) -> dict[str, object]:
            return {"prepared": True}

    class Model(metaclass=Table): ...

    class Log(metaclass=AuditedTable): ...

    class Foreign(type): ...

    for bases in ((Model, Log), (Log,)):
        made = build("Order", bases, fill(), metaclass=Table)
        names = ", ".join(base.__name__ for base in bases)
        work.equal(type(made).__name__, "AuditedTable", f"the metaclass of class Order({names})")
        work.require(
            "prepared" in vars(made),
            f"for `class Order({names})` the metaclass is `AuditedTable` in the end, but its "
            "`__prepare__` was not called: `type.__new__` found the winner when it was too late.",
        )
    made = build("Order", (Model,), fill(), metaclass=AuditedTable)
    work.equal(type(made).__name__, "AuditedTable", "the metaclass that was asked for")
    work.raises(
        TypeError,
        lambda: build("Order", (Model,), fill(), metaclass=Foreign),
        "build('Order', (Model,), …, metaclass=<an unrelated one>)",
    )


def prepared(work: Work, build: Callable[..., Any]) -> None:
    seen: list[object] = []

    class Namespace(dict[str, object]): ...

    class Table(type):
        @override
        @classmethod
        def __prepare__(mcls, name: str, bases: object, /, **options: object) -> Namespace:
            seen.append(options)
            return Namespace(made_by="prepare")

        def __new__(mcls, name: str, bases: Any, namespace: Any, **options: object) -> Any:
            seen.extend([type(namespace).__name__, options])
            return super().__new__(mcls, name, bases, namespace)

        def __init__(cls, *args: object, **options: object) -> None:
            seen.append(options)

    made = build("Order", (), fill(port=80), metaclass=Table, table="orders")
    options = {"table": "orders"}
    work.require(isinstance(seen[0], dict), "`__prepare__` was not called.")
    work.equal(seen[0], options, "the class arguments of __prepare__")
    work.equal(seen[1], "Namespace", "the type of the namespace in __new__")
    work.equal(seen[2:], [options, options], "the class arguments of __new__ and __init__")
    work.equal((made.made_by, made.port), ("prepare", 80), "what is in the namespace")


def fill(**values: object) -> Callable[[Any], None]:
    def body(namespace: Any) -> None:
        for name, value in values.items():
            namespace[name] = value

    return body


# %% [hint]
# Five steps, in the order of the timeline: real bases, metaclass, `__prepare__`, body, call. `metaclass` is taken
# off the options; everything else in them goes to `__prepare__` and to the call.

# %% [hint]
# Bases: keep what is an instance of `type`; ask anything else for `__mro_entries__` with the *original* tuple, and
# put in all that it gives. If that changed something, store the original tuple under
# `__orig_bases__` after the body.

# %% [hint]
# Metaclass: begin with `metaclass`, else with the type of the first base, else with `type`. If it is a class, go
# through `type(base)` for each base: a subclass of what you have replaces it, a superclass changes
# nothing, anything else is the conflict.

# %% [hint]
# A metaclass that is a plain function has no `__prepare__`: `getattr(meta, "__prepare__", None)`, and an empty
# dictionary where there is none.

# %% [solution]
from collections.abc import Callable
from typing import Any


def real_bases(bases: tuple[Any, ...]) -> tuple[Any, ...]:
    found: list[Any] = []
    for base in bases:
        if isinstance(base, type) or not hasattr(base, "__mro_entries__"):
            found.append(base)
        else:
            found.extend(base.__mro_entries__(bases))
    return tuple(found)


def most_derived(meta: type, bases: tuple[Any, ...]) -> type:
    for kind in map(type, bases):
        if issubclass(kind, meta):
            meta = kind
        elif not issubclass(meta, kind):
            message = f"metaclass conflict: {meta.__name__} and {kind.__name__}"
            raise TypeError(message)
    return meta


def build(
    name: str,
    bases: tuple[Any, ...],
    body: Callable[[Any], None],
    **options: Any,
) -> Any:
    resolved = real_bases(bases)
    meta = options.pop("metaclass", type(resolved[0]) if resolved else type)
    if isinstance(meta, type):
        meta = most_derived(meta, resolved)
    prepare = getattr(meta, "__prepare__", None)
    namespace: Any = prepare(name, resolved, **options) if prepare else {}
    body(namespace)
    if resolved != bases:
        namespace["__orig_bases__"] = bases
    return meta(name, resolved, namespace, **options)


# %% [mistake] no-stand-ins
# says: with a base that has `__mro_entries__`, Python said
def build(name, bases, body, **options):
    meta = options.pop("metaclass", type(bases[0]) if bases else type)
    namespace = getattr(meta, "__prepare__", lambda *a, **k: {})(name, bases, **options)
    body(namespace)
    return meta(name, bases, namespace, **options)


# %% [mistake] one-for-one
# says: where Pair() stands for dict and Marker
def build(name, bases, body, **options):
    bases = tuple(
        base if isinstance(base, type) else base.__mro_entries__(bases)[0] for base in bases
    )
    meta = options.pop("metaclass", type(bases[0]) if bases else type)
    namespace = getattr(meta, "__prepare__", lambda *a, **k: {})(name, bases, **options)
    body(namespace)
    return meta(name, bases, namespace, **options)


# %% [mistake] no-prepare
# says: `__prepare__` was not called
import types


def build(name, bases, body, **options):
    real = []
    for base in bases:
        real += [base] if isinstance(base, type) else base.__mro_entries__(bases)
    meta = options.pop("metaclass", type(real[0]) if real else type)
    if isinstance(meta, type):
        for kind in map(type, real):
            if issubclass(kind, meta):
                meta = kind
            elif not issubclass(meta, kind):
                raise TypeError("metaclass conflict")
    namespace = {}
    body(namespace)
    if tuple(real) != bases:
        namespace["__orig_bases__"] = bases
    return meta(name, tuple(real), namespace, **options)


# %% [mistake] first-base-decides
# says: found the winner when it was too late
def build(name, bases, body, **options):
    real = []
    for base in bases:
        real += [base] if isinstance(base, type) else base.__mro_entries__(bases)
    meta = options.pop("metaclass", type(real[0]) if real else type)
    namespace = getattr(meta, "__prepare__", lambda *a, **k: {})(name, tuple(real), **options)
    body(namespace)
    if tuple(real) != bases:
        namespace["__orig_bases__"] = bases
    return meta(name, tuple(real), namespace, **options)


# %% [mistake] options-lost
# says: the class arguments of __prepare__
def build(name, bases, body, **options):
    real = []
    for base in bases:
        real += [base] if isinstance(base, type) else base.__mro_entries__(bases)
    meta = options.get("metaclass", type(real[0]) if real else type)
    if isinstance(meta, type):
        for kind in map(type, real):
            if issubclass(kind, meta):
                meta = kind
            elif not issubclass(meta, kind):
                raise TypeError("metaclass conflict")
    namespace = getattr(meta, "__prepare__", lambda *a, **k: {})(name, tuple(real))
    body(namespace)
    if tuple(real) != bases:
        namespace["__orig_bases__"] = bases
    return meta(name, tuple(real), namespace)
