"""What `name?` and `name??` tell about an object, in the words of IPython."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from annotationlib import Format

from .display import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH = 79  # of a signature in one line, and of a value
# Bound as they are now: a cell may patch the module.
_signature = inspect.signature
_documentation = inspect.getdoc
_source = inspect.getsource
_is_module = inspect.ismodule
_AS_TEXT = Format.STRING


def about(value: object, *, source: bool) -> str:
    """Describe an object.

    Args:
        value: of any kind.
        source: whether its source is wanted, which takes the place of the docstring.

    Returns:
        Lines of text: signature, docstring or source, type.
    """
    told: dict[str, str] = {}
    if callable(value):
        told["Init signature" if isinstance(value, type) else "Signature"] = _call(value)
    elif not _is_module(value):
        words = plain(value)
        told["Value"] = words if len(words) <= _WIDTH else words[: _WIDTH - 1] + "…"
    code = _text(_source, value) if source else ""
    told["Source" if code else "Docstring"] = code or _text(_documentation, value) or "none"
    told["Type"] = type(value).__name__
    return "\n".join(_entry(name, words) for name, words in told.items() if words)


def _call(value: Any) -> str:
    """Write how something is called; nothing when Python does not know."""
    try:
        signature = _signature(value, annotation_format=_AS_TEXT)
    except (TypeError, ValueError):
        return ""
    name = getattr(value, "__name__", type(value).__name__)
    return name + signature.format(max_width=_WIDTH, quote_annotation_strings=False)


def _text(read: Any, value: object) -> str:
    """Read a text of an object; nothing when it has none."""
    try:
        return (read(value) or "").strip("\n")
    except (TypeError, OSError):
        return ""


def _entry(name: str, words: str) -> str:
    return f"{name}:\n{words}" if "\n" in words else f"{name}: {words}"


def found(path: str, names: Mapping[str, Any]) -> Any:
    """Find what a dotted name such as `asyncio.sleep` stands for.

    Args:
        path: the name.
        names: those of the page and of Python.

    Raises:
        LookupError: when there is nothing of that name.
    """
    first, *rest = path.split(".")
    value = names[first]
    for name in rest:
        try:
            value = getattr(value, name)
        except AttributeError:
            raise LookupError(path) from None
    return value
