"""Reference outputs: what every cell printed when somebody last looked, kept beside each chapter.

A reference is sanitised, has no execution counts, tracebacks or metadata, and is written one line
an array element so that a change can be read as a diff. HTML longer than a screen is kept as a
digest (its text form, which stands beside it, shows what changed).
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursekit.sanitize import Rule, sanitize

if TYPE_CHECKING:
    from pathlib import Path

Output = dict[str, Any]
LONG_HTML = 1_500
FORMAT = 1


@dataclass(frozen=True)
class Reference:
    """The expected outputs of one code cell.

    Attributes:
        source_hash: of the cell's source, to tell a stale reference from a changed output.
        begins: the first line of that source, for people who read the diff.
        outputs: normalised outputs (see `normalise`).
        unsteady: for a cell with ignored output, whether two runs in a row really differed.
    """

    source_hash: str
    begins: str
    outputs: list[Output]
    unsteady: bool | None = None


def source_hash(source: str) -> str:
    """Hash a cell's source to 12 hexadecimal digits."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def normalise(outputs: list[Any], rules: list[Rule]) -> list[Output]:
    """Reduce a cell's outputs to what is compared.

    Args:
        outputs: nbformat outputs with streams already joined.
        rules: the normalisers.

    Returns:
        Plain dictionaries with texts as lists of lines.
    """
    return [_normalise_one(output, rules) for output in outputs]


def _normalise_one(output: Any, rules: list[Rule]) -> Output:
    kind = output["output_type"]
    if kind == "stream":
        return {"stream": output["name"], "text": _lines(sanitize(output["text"], rules))}
    if kind == "error":
        value = sanitize(output["evalue"], rules)
        return {"error": output["ename"], "text": _lines(value)}
    data = {mime: _data(mime, value, rules) for mime, value in sorted(output["data"].items())}
    return {"data": data}


def _data(mime: str, value: Any, rules: list[Rule]) -> Any:
    if not isinstance(value, str):
        return value
    text = sanitize(value, rules)
    if mime != "text/plain" and len(text) > LONG_HTML:
        return f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:32]}, {len(text)} characters"
    return _lines(text)


def _lines(text: str) -> list[str]:
    return text.split("\n")


def difference(expected: list[Output], got: list[Output]) -> str:
    """Return a unified diff of two normalised output lists, or nothing when they are equal."""
    if expected == got:
        return ""
    lines = difflib.unified_diff(
        _spread(expected), _spread(got), "reference", "this run", lineterm="", n=2
    )
    return "\n".join(lines)


def _spread(outputs: list[Output]) -> list[str]:
    """Write outputs as lines for a person: a head for each, its text below."""
    lines: list[str] = []
    for output in outputs:
        if "data" in output:
            for mime, value in output["data"].items():
                lines.append(f"[{mime}]")
                lines += value if isinstance(value, list) else [json.dumps(value)]
        else:
            head = output.get("stream") or f"error {output['error']}"
            lines.append(f"[{head}]")
            lines += output["text"]
    return lines


def read(path: Path) -> list[Reference] | None:
    """Read a chapter's references; `None` when there is no file.

    Raises:
        ValueError: the file is not one of ours.
    """
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            message = f"format {content['format']!r}, expected {FORMAT}"
            raise ValueError(message)
        return [
            Reference(cell["source_hash"], cell["begins"], cell["outputs"], cell.get("unsteady"))
            for cell in content["cells"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path}: not a file of reference outputs ({error}); run refresh to rewrite it"
        raise ValueError(message) from error


def write(path: Path, references: list[Reference]) -> None:
    """Write a chapter's references, so that equal outputs give an equal file."""
    cells: list[dict[str, Any]] = []
    for reference in references:
        cell: dict[str, Any] = {
            "source_hash": reference.source_hash,
            "begins": reference.begins,
            "outputs": reference.outputs,
        }
        if reference.unsteady is not None:
            cell["unsteady"] = reference.unsteady
        cells.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "cells": cells}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
