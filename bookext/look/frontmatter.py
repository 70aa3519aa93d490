"""What a chapter says about itself in its front matter, and where the book puts it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Chapter:
    """One chapter as its file describes it.

    Attributes:
        docname: the Sphinx document name, e.g. `chapters/advanced/descriptors`.
        title: the text of its first heading.
        minutes: reading time, `None` where the page is not a chapter.
        prerequisites: slugs of chapters to read before.
        outcomes: what the reader will be able to do.
        browser: "yes", "partly" or "no".
        reason: why not all of it runs in a browser tab.
    """

    docname: str
    title: str
    minutes: int | None = None
    prerequisites: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    browser: str = "yes"
    reason: str = ""

    @property
    def slug(self) -> str:
        """The last part of the name, unique in the course."""
        return self.docname.rpartition("/")[2]


@dataclass(frozen=True)
class Part:
    """A captioned run of pages in the table of contents."""

    caption: str
    docnames: tuple[str, ...]


def read(path: Path, docname: str) -> Chapter:
    """Read one page's front matter and title; a page without front matter has no minutes."""
    text = path.read_text(encoding="utf-8")
    found = _FRONT.match(text)
    loaded = yaml.safe_load(found[1]) if found else None
    front = cast("dict[str, Any]", loaded) if isinstance(loaded, dict) else {}
    body = _FENCE.sub("", text[found.end() :] if found else text)
    heading = _TITLE.search(body)
    browser, reason = _runs_in(front.get("runs_in"))
    minutes = front.get("minutes")
    return Chapter(
        docname=docname,
        title=heading[1].strip() if heading else docname,
        minutes=minutes if isinstance(minutes, int) else None,
        prerequisites=_strings(front.get("prerequisites")),
        outcomes=_strings(front.get("outcomes")),
        browser=browser,
        reason=reason,
    )


def parts(toc: Path) -> list[Part]:
    """Read the parts of a `jb-book` table of contents, in order."""
    loaded = cast("dict[str, Any]", yaml.safe_load(toc.read_text(encoding="utf-8")))
    found = cast("list[dict[str, Any]]", loaded.get("parts") or [{"chapters": loaded["chapters"]}])
    return [
        Part(
            str(part.get("caption", "")),
            tuple(
                str(entry["file"]).removesuffix(".md")
                for entry in cast("list[dict[str, Any]]", part["chapters"])
            ),
        )
        for part in found
    ]


def _runs_in(value: object) -> tuple[str, str]:
    """Read `runs_in`; YAML reads an unquoted yes or no as a truth value."""
    if not isinstance(value, dict):
        return "yes", ""
    table = cast("dict[str, object]", value)
    browser = table.get("browser", "yes")
    if isinstance(browser, bool):
        browser = "yes" if browser else "no"
    word, _, rest = str(browser).partition(":")
    return word.strip(), (str(table.get("reason") or rest)).strip().rstrip(".")


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in cast("list[object]", value or []))
