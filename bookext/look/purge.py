"""Drop from a style sheet what no page can use.

A rule stays when one of its selectors could match in some page: each class, id, element and
attribute that the selector needs occurs there. What scripts add later must be named as kept.
Unused `@font-face`, `@keyframes` and custom properties go as well. The same input gives the
same output; comments are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, cast, override

import tinycss2
from tinycss2 import ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_NAMED = re.compile(r"(--[\w-]+)")
_DECLARED = re.compile(r"[{;]\s*(--[\w-]+)\s*:")
_VALUE = r"""(?:[^;{}"']|"[^"]*"|'[^']*')*"""
_ALTERNATIVE = {"is", "where", "has", "matches", "-webkit-any", "-moz-any"}


@dataclass
class Used:
    """Every class, id, element name and attribute name that occurs, and custom properties.

    Attributes:
        class_values: whole `class` attributes, for selectors such as `[class*="-Red"]`.
        properties: custom properties that pages and scripts name themselves.
    """

    classes: set[str] = field(default_factory=set)
    class_values: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=lambda: {"html", "head", "body"})
    attributes: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)

    def key(self) -> str:
        """Describe the set in one string, the same for the same content."""
        groups = (
            self.classes,
            self.class_values,
            self.ids,
            self.elements,
            self.attributes,
            self.properties,
        )
        return "\n".join(" ".join(sorted(group)) for group in groups)


class _Reader(HTMLParser):
    def __init__(self, used: Used) -> None:
        super().__init__(convert_charrefs=False)
        self._used = used

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element; `HTMLParser` calls this for self-closing ones, too."""
        self._used.elements.add(tag)
        for name, value in attrs:
            self._used.attributes.add(name)
            if name == "class":
                self._used.classes.update((value or "").split())
                self._used.class_values.add(value or "")
            elif name == "id":
                self._used.ids.add(value or "")


def collect(pages: Iterable[str], used: Used | None = None) -> Used:
    """Collect what occurs in the pages' HTML."""
    found = Used() if used is None else used
    for page in pages:
        _Reader(found).feed(page)
        found.properties.update(_NAMED.findall(page))
    return found


def purge(css: str, used: Used) -> str:
    """Return the style sheet without what the pages cannot use."""
    text = _drop_properties(_write(_keep(_parse(css), used)), used.properties)
    return _write([rule for rule in _parse(text) if not _unused_name(rule, text)])


def could_match(selector: Sequence[ast.Node], used: Used) -> bool:
    """Say whether one selector, without commas, could match in the pages."""
    wanted: str = ""
    for token in selector:
        if wanted == ".":
            if isinstance(token, ast.IdentToken) and token.value not in used.classes:
                return False
            wanted = ""
        elif wanted == ":":
            if isinstance(token, ast.FunctionBlock) and not _function_could_match(token, used):
                return False
            wanted = ":" if isinstance(token, ast.LiteralToken) and token.value == ":" else ""
        elif isinstance(token, ast.LiteralToken):
            wanted = token.value if token.value in {".", ":"} else ""
        elif isinstance(token, ast.HashToken):
            if token.value not in used.ids:
                return False
        elif isinstance(token, ast.SquareBracketsBlock):
            if not _attribute_could_match(token.content, used):
                return False
        elif isinstance(token, ast.IdentToken) and token.lower_value not in used.elements:
            return False
    return True


def _attribute_could_match(content: Sequence[ast.Node], used: Used) -> bool:
    tokens = [token for token in content if not isinstance(token, ast.WhitespaceToken)]
    if not tokens or not isinstance(tokens[0], ast.IdentToken):
        return True
    if tokens[0].value not in used.attributes:
        return False
    if tokens[0].value != "class" or len(tokens) < 3:
        return True
    wanted = str(getattr(tokens[2], "value", ""))
    match str(getattr(tokens[1], "value", "")):
        case "*=":
            return any(wanted in value for value in used.class_values)
        case "^=":
            return any(value.startswith(wanted) for value in used.class_values)
        case "$=":
            return any(value.endswith(wanted) for value in used.class_values)
        case _:
            return True


def _function_could_match(function: ast.FunctionBlock, used: Used) -> bool:
    name = cast("str", function.lower_name)
    if name not in _ALTERNATIVE:  # `:not(…)` and `:nth-child(…)` rule nothing out
        return True
    return any(could_match(one, used) for one in _split(function.arguments))


def _split(tokens: Sequence[ast.Node]) -> list[list[ast.Node]]:
    """Cut a selector list at its commas."""
    parts: list[list[ast.Node]] = [[]]
    for token in tokens:
        if isinstance(token, ast.LiteralToken) and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _parse(css: str) -> list[ast.Node]:
    parsed = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return cast("list[ast.Node]", parsed)


def _keep(rules: Sequence[ast.Node], used: Used) -> list[ast.Node]:
    kept: list[ast.Node] = []
    for rule in rules:
        if isinstance(rule, ast.QualifiedRule):
            alive = [one for one in _split(rule.prelude) if could_match(one, used)]
            if alive and any(not isinstance(t, ast.WhitespaceToken) for t in rule.content):
                rule.prelude = _joined(alive)
                kept.append(rule)
        elif isinstance(rule, ast.AtRule):
            if rule.content is not None and rule.lower_at_keyword in {"media", "supports"}:
                inner = tinycss2.parse_rule_list(
                    rule.content, skip_comments=True, skip_whitespace=True
                )
                rule.content = _keep(inner, used)
                if not rule.content:
                    continue
            if rule.lower_at_keyword != "charset":
                kept.append(rule)
    return kept


def _joined(selectors: list[list[ast.Node]]) -> list[ast.Node]:
    joined: list[ast.Node] = []
    for selector in selectors:
        if joined:
            joined.append(ast.LiteralToken(0, 0, ","))
        joined += selector
    return joined


def _write(rules: Sequence[ast.Node]) -> str:
    return "\n".join(cast("str", rule.serialize()) for rule in rules) + "\n"


def _unused_name(rule: ast.Node, text: str) -> bool:
    """Find a font or an animation that no remaining rule names."""
    if not isinstance(rule, ast.AtRule):
        return False
    keyword = cast("str", rule.lower_at_keyword)
    if keyword.endswith("keyframes"):
        name = cast("str", tinycss2.serialize(rule.prelude)).strip()
        return not re.search(rf"animation(?:-name)?:[^;}}]*\b{re.escape(name)}\b", text)
    if keyword == "font-face":
        declared = cast("str", tinycss2.serialize(rule.content or []))
        family = re.search(r"font-family:\s*[\"']?([^\"';]+)", declared)
        uses = text.replace(declared, "")
        return family is not None and family[1].strip() not in uses
    return False


def _drop_properties(css: str, named: set[str]) -> str:
    """Remove declarations of custom properties that nothing reads, until none is left."""
    before = ""
    while css != before:
        before = css
        declared: list[str] = _DECLARED.findall(css)
        unread = set(declared) - set(_VARIABLE.findall(css)) - named
        for name in sorted(unread):
            css = re.sub(rf"(?<=[{{;])\s*{name}\s*:{_VALUE}(?:;|(?=\}}))", "", css)
    return re.sub(r"[^{}\n]+\{\s*\}\n?", "", css)
