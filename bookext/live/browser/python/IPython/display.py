"""`display` and the classes that wrap what is to be shown."""

from __future__ import annotations

from pathlib import Path

from kernel import clear_output, display

__all__ = [
    "HTML",
    "JSON",
    "SVG",
    "Code",
    "DisplayObject",
    "Image",
    "Latex",
    "Markdown",
    "Pretty",
    "clear_output",
    "display",
]


class DisplayObject:
    """Data with the form in which it is shown."""

    def __init__(self, data: object = None, filename: str | None = None, **_: object) -> None:
        self.data = Path(filename).read_text(encoding="utf-8") if filename else data

    def __repr__(self) -> str:
        cls = type(self)
        return f"<IPython.core.display.{cls.__name__} object>"


class HTML(DisplayObject):
    """Shown as HTML."""

    def _repr_html_(self) -> object:
        return self.data

    __html__ = _repr_html_


class Markdown(DisplayObject):
    """Shown as Markdown."""

    def _repr_markdown_(self) -> object:
        return self.data


class Latex(DisplayObject):
    """Shown as LaTeX."""

    def _repr_latex_(self) -> object:
        return self.data


class SVG(DisplayObject):
    """Shown as an SVG picture."""

    def _repr_svg_(self) -> object:
        return self.data


class JSON(DisplayObject):
    """Shown as a JSON tree."""

    def _repr_json_(self) -> object:
        return self.data


class Pretty(DisplayObject):
    """Shown as text."""

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        printer.text(self.data)  # type: ignore[attr-defined]


class Code(Pretty):
    """Shown as text; the tab highlights no output."""


class Image(DisplayObject):
    """Shown as a PNG picture."""

    def __init__(self, data: object = None, filename: str | None = None, **_: object) -> None:
        self.data = Path(filename).read_bytes() if filename else data

    def _repr_png_(self) -> object:
        return self.data
