"""Swagger UI's files, with the greys of its style sheet given over to the page.

The sheet knows a light theme alone. Its greys are replaced by the page's custom properties, which
reach into the shadow root that Swagger UI is rendered in; so it follows the reader's choice.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE")
_DECLARATION = re.compile(
    r"(?<=[{;])(color|fill|background|background-color|border[a-z-]*|outline)"
    r":([^;{}\"]*?)(#[0-9a-f]{6}|#[0-9a-f]{3}|hsla\(0,0%,100%,\.8\)|rgba\(59,65,81,\.\d+\))"
    r"(?=[;} !])"
)
# Where the sheet paints text of its own on a ground of its own.
_KEPT = re.compile(
    r"\.(?:btn|microlight|highlight-code|opblock-summary-method|version)\b|microlight"
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def copy(source: Path, target: Path) -> None:
    """Copy what a page loads, and the licences.

    Args:
        source: the npm package `swagger-ui-dist`.
        target: a folder of the book.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, target / name)
    sheet = (source / "swagger-ui.css").read_text(encoding="utf-8")
    sheet = sheet.partition("/*# sourceMappingURL")[0]
    (target / "swagger-ui.css").write_text(themed(sheet), encoding="utf-8")
    bundle = target / "swagger-ui-bundle.js"
    text = bundle.read_text(encoding="utf-8")
    bundle.write_text(text.partition("\n//# sourceMappingURL")[0], encoding="utf-8")


def themed(sheet: str) -> str:
    """Replace the greys of a style sheet by the page's custom properties."""
    return _RULE.sub(lambda rule: f"{rule[1]}{{{_themed_body(rule[1], rule[2])}}}", sheet)


def _themed_body(selector: str, body: str) -> str:
    if _KEPT.search(selector):
        return body
    themed_ = _DECLARATION.sub(
        lambda found: f"{found[1]}:{found[2]}{_themed_colour(found[1], found[3])}", f"{{{body}}}"
    )
    return themed_[1:-1]


def _themed_colour(what: str, colour: str) -> str:
    if colour.startswith("rgba"):
        return f"var(--line,{colour})"
    if colour.startswith("hsla"):
        return f"var(--page,{colour})"
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    channels = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
    if max(channels) - min(channels) > 40:
        return colour  # a colour that means something
    light = sum(channels) / 3
    if what in {"color", "fill"}:
        name = "ink" if light < 90 else "quiet" if light < 180 else ""
    elif what.startswith("background"):
        name = "page" if light > 250 else "raised" if light > 215 else ""
    else:
        name = "line"
    return f"var(--{name},{colour})" if name else colour
