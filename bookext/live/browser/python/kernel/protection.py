"""What cells may break and find whole again: builtins, the kernel's modules, `__main__`.

A learner may overwrite builtins or delete every name, and the next cell still runs.
"""

from __future__ import annotations

import builtins
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from .page import page

if TYPE_CHECKING:
    import types

_pristine: dict[str, Any] = dict(builtins.__dict__)
_furniture: dict[str, Any] = {}
_needed: dict[str, types.ModuleType] = {}
_nothing = object()


def install(shell: object) -> None:
    """Take the builtins as they are now for the true ones, and furnish the page's names.

    Args:
        shell: what `get_ipython()` answers.
    """
    os._exit = os.abort = _leave  # pyrefly: ignore[bad-assignment]
    _furniture.update(
        In=page.inputs, _ih=page.inputs, Out=page.results, _oh=page.results,
        get_ipython=lambda: shell, exit=_leave, quit=_leave, _="", __="", ___="",
    )  # fmt: skip
    page.main.__dict__.update(_furniture)
    builtins.__dict__["get_ipython"] = _furniture["get_ipython"]
    sys.modules["__main__"] = page.main
    _pristine.clear()
    _pristine.update(builtins.__dict__)
    _needed.update({name: sys.modules[name] for name in ("asyncio", "linecache", "traceback")})


def pristine_names() -> list[str]:
    """Name the builtins."""
    return list(_pristine)


def restore() -> list[str]:
    """Put back what the kernel and the next cell cannot do without; name what was changed."""
    now = builtins.__dict__
    changed = [name for name, value in _pristine.items() if now.get(name, _nothing) is not value]
    now.update(_pristine)
    sys.modules["__main__"] = page.main
    names = page.main.__dict__
    names["__builtins__"] = builtins
    for name, value in _furniture.items():
        names.setdefault(name, value)
    sys.modules.setdefault("builtins", builtins)
    for name, module in _needed.items():
        sys.modules.setdefault(name, module)
    return [name for name in changed if name not in {"_", "__debug__"}]


def _leave(code: object = None) -> NoReturn:
    """End the cell, not the page's Python."""
    raise SystemExit(code)
