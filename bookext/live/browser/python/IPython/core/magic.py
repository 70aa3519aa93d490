"""Decorators that register magics with the shell of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _registering(kind: str) -> Callable[..., Any]:
    def decorate(target: Any) -> Any:
        from kernel import shell

        if callable(target):
            shell.register_magic_function(target, kind)
            return target

        def named(function: Any) -> Any:
            shell.register_magic_function(function, kind, target)
            return function

        return named

    return decorate


register_line_magic = _registering("line")
register_cell_magic = _registering("cell")
register_line_cell_magic = _registering("line_cell")


def needs_local_scope(function: Any) -> Any:
    """Mark nothing: cells of the page have one scope."""
    return function


def no_var_expand(function: Any) -> Any:
    """Mark nothing: the tab expands no variables in magics."""
    return function
