"""Can every colour of the book be read on every ground it stands on, in light and dark?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LOOK = Path(__file__).resolve().parents[2] / "bookext" / "look" / "static" / "look"
BLOCK = re.compile(r'html\[data-theme="(light|dark)"\] \{(.*?)\}', re.DOTALL)
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
GROUNDS = ("page", "raised", "accent-soft", "warn-soft", "bad-soft", "good-soft")
INKS = ("ink", "quiet", "accent", "warn", "bad", "good")


def palette():
    """Read both themes' colours from the style sheets."""
    colours = {"light": {}, "dark": {}}
    for name in ("look.css", "code.css"):
        for theme, block in BLOCK.findall((LOOK / name).read_text(encoding="utf-8")):
            colours[theme] |= dict(COLOUR.findall(block))
    return colours


PALETTE = palette()


def luminance(colour):
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_code_can_be_read_on_every_ground(theme):
    colours = PALETTE[theme]
    inks = [*INKS, *(name for name in colours if name.startswith("code-"))]
    assert len(inks) == 13
    poor = {
        (ink, ground): round(contrast(colours[ink], colours[ground]), 2)
        for ink in inks
        for ground in GROUNDS
        if contrast(colours[ink], colours[ground]) < 4.5
    }
    assert poor == {}
