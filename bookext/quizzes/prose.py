"""Markdown of a quiz or a hint as docutils nodes, so that every builder can write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARSER = MarkdownIt("commonmark", {"html": False})
_ELEMENTS: dict[str, type[nodes.Element]] = {
    "paragraph": nodes.paragraph,
    "bullet_list": nodes.bullet_list,
    "ordered_list": nodes.enumerated_list,
    "list_item": nodes.list_item,
    "blockquote": nodes.block_quote,
    "em": nodes.emphasis,
    "strong": nodes.strong,
}


def blocks(text: str) -> list[nodes.Node]:
    """Return paragraphs, lists and code blocks."""
    return _made(SyntaxTreeNode(_PARSER.parse(text)).children)


def inline(text: str) -> list[nodes.Node]:
    """Return the content of text that is one paragraph."""
    made = blocks(text)
    if len(made) == 1 and isinstance(made[0], nodes.paragraph):
        return list(made[0].children)
    return [nodes.Text(text)]


def code(source: str, language: str = "python") -> nodes.literal_block:
    """Return a code block that the builder highlights."""
    source = source.rstrip("\n")
    return nodes.literal_block(source, source, language=language)


def _made(tree: Iterable[SyntaxTreeNode]) -> list[nodes.Node]:
    made: list[nodes.Node] = []
    for each in tree:
        if each.type in _ELEMENTS:
            element = _ELEMENTS[each.type]()
            element += _made(each.children)
            made.append(element)
        elif each.type == "text":
            made.append(nodes.Text(each.content))
        elif each.type in {"softbreak", "hardbreak"}:
            made.append(nodes.Text("\n"))
        elif each.type == "code_inline":
            made.append(nodes.literal(each.content, each.content))
        elif each.type in {"fence", "code_block"}:
            words = each.info.split() if each.type == "fence" else []
            made.append(code(each.content, words[0] if words else "text"))
        elif each.type == "link":
            link = nodes.reference(refuri=str(each.attrs.get("href", "")))
            link += _made(each.children)
            made.append(link)
        else:
            made += _made(each.children)
    return made
