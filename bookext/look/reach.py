"""Let the keyboard reach what may scroll sideways, before any script has run.

Whether a box scrolls depends on the window. A page is written for the narrowest, a phone; the
page's script takes the mark away again where the box turns out to fit. Asking every box of a long
chapter for its width when the page opens would cost seconds on that phone.
"""

from __future__ import annotations

import re
from html import unescape

PHONE_COLUMNS = 36  # characters of code that fit beside the margins of a 360 px window
PHONE_PIXELS = 290  # what is left there for a picture

_CODE = re.compile(r'(<div class="highlight"[^>]*>)<pre>(.*?)</pre>', re.DOTALL)
_PICTURE = re.compile(r'<div class="st-picture">(\s*<svg\b[^>]*?\bwidth="([\d.]+)")')
_TABLE = re.compile(r'<div class="pst-scrollable-table-container">')
_HTML = re.compile(r'<div class="output text_html">(?=\s*<(?!div class="st-picture"))')
_TAG = re.compile(r"<[^>]*>")


def mark(body: str) -> str:
    """Give `tabindex="0"` to code, pictures, tables and HTML outputs that may be too wide."""
    body = _CODE.sub(_code, body)
    body = _PICTURE.sub(_picture, body)
    body = _TABLE.sub('<div class="pst-scrollable-table-container" tabindex="0">', body)
    return _HTML.sub('<div class="output text_html" tabindex="0">', body)


def _code(found: re.Match[str]) -> str:
    lines = unescape(_TAG.sub("", found[2])).split("\n")
    wide = max(map(len, lines)) > PHONE_COLUMNS
    return f"{found[1]}<pre{' tabindex="0"' if wide else ''}>{found[2]}</pre>"


def _picture(found: re.Match[str]) -> str:
    wide = float(found[2]) > PHONE_PIXELS
    return f'<div class="st-picture"{' tabindex="0"' if wide else ""}>{found[1]}'
