"""What a handler's signature says, as OpenAPI: which words of it put which lines into the document.

`contract(handler)` registers a handler in an application of its own and returns the part of the
OpenAPI document that FastAPI makes of it, as flat lines such as `query limit: integer`.
`unfold(handlers)` shows handlers one after the other, each with the lines that it adds to the one
before or takes away.

Method: `FastAPI.openapi()` of an application with one route; schemas are put in the place of their
`$ref`. Titles, which FastAPI derives from names, and the answers of validation are left out.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seethrough.picture import Canvas, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LEFT_OUT = {"title", "description", "summary"}
_BOUNDS = {
    "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than", "minLength": "shortest", "maxLength": "longest",
}  # fmt: skip


def contract(
    handler: Callable[..., Any], *, path: str = "/todos", method: str = "GET", **route: Any
) -> list[str]:
    """Return what OpenAPI says of a handler, a fact a line.

    Args:
        handler: the function; its parameters' names decide where they are read from.
        path: of the route.
        method: of the route.
        route: more for `FastAPI.api_route`, such as `status_code=201`.
    """
    from fastapi import FastAPI

    app = FastAPI()
    app.add_api_route(path, handler, methods=[method], **route)
    document = app.openapi()
    operation = document["paths"][path][method.lower()]
    named = document.get("components", {}).get("schemas", {})
    lines: list[str] = []
    for parameter in operation.get("parameters", []):
        name = f"{parameter['in']} {parameter['name']}"
        need = "required" if parameter["required"] else "optional"
        lines += _facts(name, parameter["schema"], named, need)
    if body := operation.get("requestBody"):
        need = "required" if body.get("required") else "optional"
        for kind, content in body["content"].items():
            lines += _facts(f"body ({kind})", content["schema"], named, need)
    for status, answer in operation["responses"].items():
        if status == "422":
            lines.append("422: a list of errors")
            continue
        content = answer.get("content", {"": {"schema": {}}})
        for media in content.values():
            lines += _facts(
                str(status), media["schema"], named, "" if media["schema"] else "anything"
            )
    return lines


def _facts(name: str, schema: dict[str, Any], named: dict[str, Any], need: str) -> Iterator[str]:
    """Write a schema as lines; those of a property have its name before them."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    words = [_kind(schema, named), need]
    if "default" in schema:
        words.append(f"default {schema['default']!r}")
    yield f"{name}: {', '.join(word for word in words if word)}"
    for key, bound in _BOUNDS.items():
        if key in schema:
            yield f"{name}: {bound} {schema[key]}"
    if "pattern" in schema:
        yield f"{name}: matches {schema['pattern']}"
    required = schema.get("required", [])
    for each, inner in schema.get("properties", {}).items():
        yield from _facts(
            f"{name}.{each}", inner, named, "required" if each in required else "optional"
        )
    if schema.get("type") == "array" and "$ref" in schema.get("items", {}):
        yield from list(_facts(f"{name}[]", schema["items"], named, ""))[1:]


def _kind(schema: dict[str, Any], named: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one, named) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(map(repr, schema["enum"]))
    kind = str(schema.get("type", ""))
    if kind == "array":
        return f"array of {_kind(schema.get('items', {}), named) or 'anything'}"
    return kind + (f" ({schema['format']})" if "format" in schema else "")


@dataclass(frozen=True)
class Unfolding:
    """Handlers one after the other, with what each changes in the contract.

    Attributes:
        steps: the signature, and the changed lines, each with `+` or `-` before it.
        title: what stands above.
    """

    steps: Sequence[tuple[str, Sequence[str]]]
    title: str

    @property
    def text(self) -> str:
        """The signatures, and below each the lines it changes."""
        lines = [self.title]
        for signature, changed in self.steps:
            lines += [signature, *(f"  {line}" for line in changed or ["  (no change)"])]
        return "\n".join(lines)

    @property
    def picture(self) -> Picture:
        """The same, with added lines in green and dropped ones in red."""
        return _draw(self)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def __repr__(self) -> str:
        return self.text


def unfold(
    handlers: Sequence[Callable[..., Any]], *, title: str = "From signature to contract",
    path: str = "/todos", method: str = "GET",
) -> Unfolding:  # fmt: skip
    """Compare the contracts of handlers, each with the one before it.

    Args:
        handlers: functions; the first is compared with nothing.
        title: what stands above.
        path, method: of the route that each of them gets.
    """
    before: list[str] = []
    steps: list[tuple[str, list[str]]] = []
    for handler in handlers:
        after = contract(handler, path=path, method=method)
        changed = [
            line for line in difflib.ndiff(before, after) if line.startswith(("+ ", "- "))
        ]  # fmt: skip
        steps.append((signature(handler), changed))
        before = after
    return Unfolding(steps, title)


def signature(handler: Callable[..., Any]) -> str:
    """Write a handler's signature as its author did; without its source, as Python would."""
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(handler))).body[0]
    except (OSError, TypeError, SyntaxError):
        return re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(inspect.signature(handler)))
    if not isinstance(parsed, ast.FunctionDef | ast.AsyncFunctionDef):
        return str(inspect.signature(handler))
    returns = f" -> {ast.unparse(parsed.returns)}" if parsed.returns else ""
    return f"({ast.unparse(parsed.args)}){returns}"


def _draw(unfolding: Unfolding) -> Picture:
    rows = sum(1 + max(len(changed), 1) for _, changed in unfolding.steps)
    longest = max(
        [len(signature) for signature, _ in unfolding.steps]
        + [len(line) + 3 for _, changed in unfolding.steps for line in changed]
    )
    width = min(max(360.0, 8.1 * longest + 12, 8.2 * len(unfolding.title)), 720.0)
    canvas = Canvas(
        width, 30 + 21 * rows + 8 * len(unfolding.steps), unfolding.title, unfolding.text
    )
    canvas.text(0, 16, unfolding.title, bold=True)
    y = 40.0
    for signature, changed in unfolding.steps:
        canvas.text(0, y, fit(signature, width, per_character=8), bold=True, mono=True)
        y += 21
        for line in changed or ["  no change"]:
            sign = line[0]
            fill = {"+": "green", "-": "red"}.get(sign, "grey")
            canvas.rect(14, y - 14, width - 14, 19, fill=fill, opacity=0.16, radius=2)  # type: ignore[bad-argument-type]
            canvas.text(20, y, fit(line, width - 24, per_character=8), mono=True)
            y += 21
        y += 8
    return canvas.picture(unfolding.text)
