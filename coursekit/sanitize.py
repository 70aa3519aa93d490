"""Named normalisers: what may differ between two runs.

One file, `tests/sanitize.cfg`, in the format that nbval reads, so that our own collector and stock
nbval forgive exactly the same differences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Rules whose short form the book shows as well: readers have no use for the builder's folders.
ON_PAGES = {"library-path", "course-path"}

_RULE = re.compile(
    r"^\[(?P<name>[^\]]+)\]\n(?:#.*\n)*regex: (?P<regex>.*)\nreplace: (?P<to>.*)$", re.M
)


@dataclass(frozen=True)
class Rule:
    """A named normaliser: every match of `pattern` becomes `replacement`."""

    name: str
    pattern: re.Pattern[str]
    replacement: str

    def apply(self, text: str) -> str:
        """Normalise a text."""
        return self.pattern.sub(self.replacement, text)


def read_rules(path: Path) -> list[Rule]:
    """Read the rules of a sanitising file, in order.

    Args:
        path: a file in nbval's format, with a comment under each name.

    Returns:
        The rules in the order in which they are applied.

    Raises:
        ValueError: the file has a `regex:` line that no named rule owns.
    """
    text = path.read_text(encoding="utf-8")
    rules = [Rule(m["name"], re.compile(m["regex"]), m["to"]) for m in _RULE.finditer(text)]
    if len(rules) != len(re.findall(r"^regex: ", text, re.M)):
        message = f"{path}: each rule needs a [name], a comment, `regex: ` and `replace: `"
        raise ValueError(message)
    return rules


def sanitize(text: str, rules: list[Rule]) -> str:
    """Apply every rule in order."""
    for rule in rules:
        text = rule.apply(text)
    return text


def for_pages(outputs: Sequence[Any], rules: list[Rule]) -> list[Any]:
    """Copy a cell's outputs, with the rules that also hold for the book's pages applied.

    Args:
        outputs: nbformat outputs.
        rules: all rules.
    """
    chosen = [rule for rule in rules if rule.name in ON_PAGES]
    return [_everywhere(output, chosen) for output in outputs]


def _everywhere(value: Any, rules: list[Rule]) -> Any:
    """Apply rules to each text in a structure."""
    if isinstance(value, str):
        return sanitize(value, rules)
    if isinstance(value, dict):
        return {name: _everywhere(each, rules) for name, each in value.items()}
    if isinstance(value, list):
        return [_everywhere(each, rules) for each in value]
    return value
