"""Pictures drawn from runs: one small SVG canvas and the object that a cell displays.

Every picture has a text form (shown in a terminal, read by a screen reader as the description,
compared by validation) and an SVG form that follows the page's light or dark theme: text takes the
surrounding colour (`currentColor`), fills come from a palette that keeps its contrast on both.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Mid-tones with at least 3:1 contrast against white and against the dark page (#121212 … #222),
# distinguishable with the common colour-vision deficiencies (after Okabe & Ito, 2008).
PALETTE = {
    "blue": "#2f7fc1",
    "orange": "#c9720b",
    "green": "#2a8f6d",
    "red": "#cf4a3f",
    "purple": "#a05fb0",
    "grey": "#7d8590",
}
Colour = Literal["blue", "orange", "green", "red", "purple", "grey"]


# A rule per line; `.st-spot` marks boxes made by `Canvas.spot` and nothing else on the page.
_SPOT_STYLE = (
    "<style>.st-spot{cursor:pointer}.st-spot .st-says{visibility:hidden;pointer-events:none}"
    ".st-spot:hover .st-says{visibility:visible}.st-spot:hover rect{stroke-width:2.5}</style>\n"
)


@dataclass(frozen=True)
class Picture:
    """What a cell displays: an accessible inline SVG, with text where there is no HTML.

    Attributes:
        svg: a whole `<svg>` element.
        text: the same content in words and columns; this is the `repr`.
    """

    svg: str
    text: str

    def _repr_html_(self) -> str:
        return f'<div class="st-picture">{self.svg}</div>'

    def __repr__(self) -> str:
        return self.text


@dataclass
class Canvas:
    """Collects SVG shapes; sizes are in CSS pixels of a picture at most 720 wide.

    In Jupyter a picture shrinks to the column it stands in; in the book it keeps its size and
    scrolls. Keep `width` at 360–720 and text at size 13 or more, so that it can be read on a phone.

    Attributes:
        width, height: the size of the view box.
        title: a short name, read first by a screen reader.
        description: what the picture shows, in a sentence or the text form itself.
        measured: whether anything drawn depends on the machine. Validation then masks the
            whole picture (rule `measured-picture`); otherwise it is compared to the letter.
    """

    width: float
    height: float
    title: str
    description: str
    measured: bool = False
    _parts: list[str] = field(default_factory=list)
    _spots: bool = False
    _steps: int = 0
    _axis: str = ""

    @contextmanager
    def step(self, says: str) -> Iterator[None]:
        """Gather what the block draws as one step, which the book's pages can walk through.

        Args:
            says: the step in words.
        """
        self._steps += 1
        self._parts.append(f'<g data-step="{self._steps}" data-says="{escape(says)}">')
        yield
        self._parts.append("</g>")

    def time_axis(self, left: float, width: float, end: float) -> None:
        """Say where time runs, so that the book's pages can put a marker at a moment.

        Args:
            left: where second 0 is, in pixels.
            width: how far it is to the last second, in pixels.
            end: the last second.
        """
        self._axis = f' data-axis="{_n(left)} {_n(width)} {end:.6g}"'

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | Literal["none"] = "blue",
        stroke: Colour | None = None,
        opacity: float = 1.0,
        radius: float = 3,
        tip: str = "",
        dashed: bool = False,
        during: tuple[float, float, str] | None = None,
    ) -> None:
        """Draw a rectangle.

        Args:
            x, y, width, height: the box.
            fill, stroke, opacity, radius, dashed: how it looks.
            tip: is shown on hover.
            during: the seconds it stands for and what goes on then (see `time_axis`).
        """
        line = f' stroke="{PALETTE[stroke]}" stroke-width="1.5"' if stroke else ""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        paint = "none" if fill == "none" else PALETTE[fill]
        when = ""
        if during:
            start, end, says = during
            when = f' data-from="{start:.6g}" data-to="{end:.6g}" data-says="{escape(says)}"'
        self._add(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'rx="{_n(radius)}" fill="{paint}" fill-opacity="{_n(opacity)}"{line}{dash}{when}',
            "rect",
            tip,
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        colour: Colour | Literal["ink"] = "ink",
        width: float = 1.5,
        dashed: bool = False,
        arrow: bool = False,
        opacity: float = 1.0,
    ) -> None:
        """Draw a straight line, with an arrow head at its end if `arrow`."""
        paint = "currentColor" if colour == "ink" else PALETTE[colour]
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        fade = "" if opacity == 1.0 else f' stroke-opacity="{_n(opacity)}"'
        self._parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
            f'stroke="{paint}" stroke-width="{_n(width)}"{dash}{fade}/>'
        )
        if arrow:
            self._arrow_head(x1, y1, x2, y2, paint)

    def polyline(
        self, points: list[tuple[float, float]], *, colour: Colour = "blue", width: float = 2
    ) -> None:
        """Draw connected line segments through the points."""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{PALETTE[colour]}" '
            f'stroke-width="{_n(width)}" stroke-linejoin="round"/>'
        )

    def circle(
        self, x: float, y: float, radius: float, *, fill: Colour = "blue", tip: str = ""
    ) -> None:
        """Draw a filled circle; `tip` is shown on hover."""
        self._add(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{PALETTE[fill]}"',
            "circle",
            tip,
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 13,
        anchor: Literal["start", "middle", "end"] = "start",
        bold: bool = False,
        mono: bool = False,
        colour: Colour | Literal["ink"] = "ink",
    ) -> None:
        """Write one line of text with its baseline at `y`."""
        style = ' font-weight="600"' if bold else ""
        style += ' font-family="var(--st-mono, ui-monospace, monospace)"' if mono else ""
        paint = "currentColor" if colour == "ink" else PALETTE[colour]
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}" '
            f'fill="{paint}"{style}>{escape(words, quote=False)}</text>'
        )

    def spot(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        label: str = "",
        says: str = "",
        fill: Colour = "blue",
        opacity: float = 0.3,
    ) -> None:
        """Draw an outlined box that shows a line of text while it is pointed at or tapped.

        Phones have no hover and do not show `<title>`; this needs neither script nor style sheet.

        Args:
            x, y, width, height: the box.
            label: words inside it, cut to what fits.
            says: written at the picture's bottom edge (keep 20 pixels free) and as the tooltip.
            fill: its colour; `opacity` keeps the label readable on light and dark pages.
        """
        paint = PALETTE[fill]
        shown = fit(label, width - 8)
        inside = (
            f'<text x="{_n(x + 5)}" y="{_n(y + height / 2 + 4.5)}" font-size="13" '
            f'fill="currentColor" pointer-events="none">{escape(shown, quote=False)}</text>'
            if shown
            else ""
        )
        self._spots = True
        self._parts.append(
            f'<g class="st-spot"><rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
            f'height="{_n(height)}" rx="2" fill="{paint}" fill-opacity="{_n(opacity)}" '
            f'stroke="{paint}"><title>{escape(says, quote=False)}</title></rect>{inside}'
            f'<text class="st-says" x="0" y="{_n(self.height - 6)}" font-size="13" '
            f'fill="currentColor">{escape(fit(says, self.width), quote=False)}</text></g>'
        )

    def picture(self, text: str) -> Picture:
        """Close the canvas.

        Args:
            text: the text form of the same content.
        """
        mark = ' data-measured="true"' if self.measured else ""
        body = "\n".join(self._parts)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} '
            f'{_n(self.height)}" width="{_n(self.width)}" role="img" '
            f'class="st-svg"{mark}{self._axis} '
            'font-family="var(--st-sans, system-ui, sans-serif)" '
            'style="max-width:100%;height:auto">\n'
            f"<title>{escape(self.title, quote=False)}</title>\n"
            f"<desc>{escape(self.description, quote=False)}</desc>\n"
            f"{_SPOT_STYLE if self._spots else ''}{body}\n</svg>"
        )
        return Picture(svg, text)

    def _add(self, opening: str, tag: str, tip: str) -> None:
        if tip:
            self._parts.append(f"{opening}><title>{escape(tip, quote=False)}</title></{tag}>")
        else:
            self._parts.append(f"{opening}/>")

    def _arrow_head(self, x1: float, y1: float, x2: float, y2: float, paint: str) -> None:
        length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1e-9)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        back_x, back_y = x2 - 8 * ux, y2 - 8 * uy
        self._parts.append(
            f'<path d="M{_n(x2)} {_n(y2)} L{_n(back_x - 4 * uy)} {_n(back_y + 4 * ux)} '
            f'L{_n(back_x + 4 * uy)} {_n(back_y - 4 * ux)} Z" fill="{paint}"/>'
        )


def fit(words: str, width: float, *, per_character: float = 7.4) -> str:
    """Cut words to a width in pixels, ending in `…`; nothing is left where not even three fit.

    Args:
        words: one line.
        width: the room, in pixels.
        per_character: the mean width of a character; 7.4 suits the sans-serif text at size 13.
    """
    room = int(width / per_character)
    if len(words) <= room:
        return words
    return words[: room - 1] + "…" if room >= 3 else ""


def _n(value: float) -> str:
    """Write a coordinate with at most two decimals, so that pictures compare to the letter."""
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def bars(
    rows: list[tuple[str, float, str]],
    *,
    title: str,
    measured: bool,
    colour: Colour = "blue",
    width: float = 560,
) -> Picture:
    """Draw horizontal bars, one a row, from zero.

    Args:
        rows: label, value (zero or more) and the words to write behind the bar.
        title: what is compared, with the unit.
        measured: whether the values depend on the machine (see `Canvas`).
        colour: the fill of the bars.
        width: the width of the picture.

    Returns:
        The picture; its text form is a table of labels and words.
    """
    top = max((value for _, value, _ in rows), default=0) or 1
    gutter = 16 + 7.6 * max((len(label) for label, _, _ in rows), default=0)
    tail = 16 + 7.6 * max((len(words) for _, _, words in rows), default=0)
    width = max(width, gutter + tail + 60, 8 * len(title))  # nothing is cut off at the edge
    span = width - gutter - tail
    pad = max((len(label) for label, _, _ in rows), default=0)
    text = "\n".join([title, *(f"{label:<{pad}}  {words}" for label, _, words in rows)])
    canvas = Canvas(width, 34 + 28 * len(rows), title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    for place, (label, value, words) in enumerate(rows):
        y = 30 + 28 * place
        canvas.text(gutter - 8, y + 15, label, anchor="end")
        canvas.rect(gutter, y, max(span * value / top, 1), 20, fill=colour, tip=f"{label}: {words}")
        canvas.text(gutter + span * value / top + 8, y + 15, words)
    return canvas.picture(text)
