# %% [check]
"""A proxy: reads pass, syntax included; writes do not; copying works."""

import copy
from typing import Any

from seethrough.exercises import Work


class _Sensors(list[int]):
    unit = "°C"


def check(work: Work) -> str:
    read_only: Any = work.get("ReadOnly", type)
    target = _Sensors([18, 21, 19])
    view = read_only(target)
    try:
        unit = view.unit
    except AttributeError as error:
        work.fail(f"`view.unit` raised `AttributeError: {error}`; the target has a `unit`.")
    work.equal(unit, "°C", "view.unit")
    work.equal(view.index(21), 1, "view.index(21)")
    work.raises(AttributeError, lambda: view.colour, "view.colour")
    _syntax(work, view)
    try:
        view.unit = "K"
    except AttributeError:
        pass
    else:
        where = "the target's" if target.unit == "K" else "the view's own"
        work.fail(f"`view.unit = 'K'` was accepted: it set {where} `unit`.")
    try:
        del view.unit
    except AttributeError:
        pass
    else:
        work.fail("`del view.unit` was accepted.")
    try:
        twin = copy.copy(view)
    except RecursionError:
        work.fail(
            "`copy.copy(view)` raised `RecursionError`: a copy begins without `_target`, and your "
            "`__getattr__` asks itself for it."
        )
    except Exception as error:
        work.fail(f"`copy.copy(view)` raised `{type(error).__name__}: {error}`.")
    work.equal(list(twin), [18, 21, 19], "list(copy.copy(view))")
    work.require(
        type(twin) is read_only,
        f"`copy.copy(view)` gave a `{type(twin).__name__}`, and that can be written.",
    )
    return "Every way of reading passes, no way of writing does."


def _syntax(work: Work, view: Any) -> None:
    for doing, act, wanted in (
        ("len(view)", lambda: len(view), 3),
        ("view[-1]", lambda: view[-1], 19),
        ("list(view)", lambda: list(view), [18, 21, 19]),
        ("21 in view", lambda: 21 in view, True),
    ):
        try:
            got = act()
        except TypeError as error:
            work.fail(
                f"`{doing}` raised `TypeError: {error}`: syntax looks on the type, and "
                "`__getattr__` is not asked."
            )
        work.equal(got, wanted, doing)


# %% [hint]
# `__getattr__` serves the named attributes. For `len`, `[]`, `for` and `in` the class needs
# methods of its own, one line each.

# %% [hint]
# `__setattr__` is also called for `self._target = target` in your `__init__`. Go past it there:
# `object.__setattr__(self, "_target", target)`.

# %% [hint]
# `copy` makes an object without `__init__` and then fills its `__dict__`. Until then `_target` is
# missing and `__getattr__("_target")` is called: raise `AttributeError` for that name.

# %% [solution]
from collections.abc import Iterator
from typing import Any


class ReadOnly:
    """Passes reads on to another object and refuses writes."""

    _target: Any

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name: str) -> Any:
        if name == "_target" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._target, name)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"{name} is read-only"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"{name} is read-only"
        raise AttributeError(message)

    def __len__(self) -> int:
        return len(self._target)

    def __getitem__(self, where: Any) -> Any:
        return self._target[where]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._target)

    def __contains__(self, value: object) -> bool:
        return value in self._target


# %% [mistake] names-alone
# says: syntax looks on the type, and `__getattr__` is not asked
class ReadOnly:
    def __init__(self, target):
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        raise AttributeError(name)


# %% [mistake] writes-land-on-the-view
# says: it set the view's own `unit`
class ReadOnly:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __len__(self):
        return len(self._target)

    def __getitem__(self, where):
        return self._target[where]


# %% [mistake] writes-pass
# says: it set the target's `unit`
class ReadOnly:
    def __init__(self, target):
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        setattr(self._target, name, value)

    def __len__(self):
        return len(self._target)

    def __getitem__(self, where):
        return self._target[where]


# %% [mistake] endless-copy
# says: your `__getattr__` asks itself for it
class ReadOnly:
    def __init__(self, target):
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        raise AttributeError(name)

    def __delattr__(self, name):
        raise AttributeError(name)

    def __len__(self):
        return len(self._target)

    def __getitem__(self, where):
        return self._target[where]


# %% [mistake] deletes
# says: `del view.unit` was accepted
class ReadOnly:
    def __init__(self, target):
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        raise AttributeError(name)

    def __delattr__(self, name):
        pass

    def __len__(self):
        return len(self._target)

    def __getitem__(self, where):
        return self._target[where]
