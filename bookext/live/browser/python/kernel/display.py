"""What a cell shows: values in the forms that IPython's formatters give them."""

from __future__ import annotations

import base64
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from IPython.lib.pretty import RepresentationPrinter

from .page import page
from .streams import streams

if TYPE_CHECKING:
    from collections.abc import Callable

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
_encode_json = json.JSONEncoder().encode  # `json.dumps` is a name that a cell may patch
_encode_base64 = base64.b64encode


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
    if not isinstance(value, type):
        if (own := getattr(type(value), "_repr_mimebundle_", None)) is not None:
            forms = _without_metadata(own(value)) or {}
            found.update({mime: _text_of(mime, each) for mime, each in forms.items()})
        for mime, method in _MIME_METHODS:
            if mime in found or (call := _method(value, method)) is None:
                continue
            if (form := _without_metadata(call())) is not None:
                found[mime] = _text_of(mime, form)
    found.setdefault("text/plain", plain(value))
    return found


def _without_metadata(given: Any) -> Any:
    """Take the data alone from a display method that answers with data and metadata."""
    return given[0] if isinstance(given, tuple) else given


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
        return _encode_base64(data).decode()
    if mime == "application/json":
        return _encode_json(data)
    return str(data)


def display(
    *values: object,
    include: object = None,
    raw: bool = False,
    metadata: object = None,
    display_id: object = None,
    **_: object,
) -> None:
    """Show values in the page, as IPython's `display` does.

    Args:
        values: what to show, in order.
        include: taken for compatibility; the page picks the form that it shows.
        raw: whether the values are forms by MIME type already.
        metadata: taken for compatibility.
        display_id: taken for compatibility; nothing is updated later.
    """
    for value in values:
        if raw and isinstance(value, dict):
            _show("display", {mime: _text_of(mime, data) for mime, data in value.items()})
        else:
            _show_value("display", value)


def clear_output(wait: bool = False) -> None:
    """Empty the output of the running cell, at once or when something new is shown."""
    streams.send()
    page.post("clear", wait)


def show_result(value: object) -> None:
    """Show the value of a cell's last expression, and keep it as `_` and in `Out`."""
    if value is None:
        return
    page.results[page.count] = value
    names = page.names
    names["___"], names["__"], names["_"] = names.get("__"), names.get("_"), value
    _show_value("result", value)


def _show_value(kind: str, value: object) -> None:
    own = None if isinstance(value, type) else _method(value, "_ipython_display_")
    if own is not None:
        own()
    else:
        _show(kind, bundle(value))


def _show(kind: str, forms: dict[str, str]) -> None:
    streams.send()
    forms["text/plain"] = page.cell.within_limit(forms.get("text/plain", ""))
    page.post(kind, forms)
