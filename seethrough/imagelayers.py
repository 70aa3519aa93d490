"""Which instructions of a Dockerfile are built again when a file changes?

A small model of the layer cache. Each instruction gets a key: a digest of the key before it in
its stage, of its own words, and of the content that it reads from the build context (`COPY`,
`ADD`, and bind mounts of `RUN`) or takes from another stage (`FROM`, `COPY --from`). Two builds
share an instruction if and only if its keys are equal; one that differs makes all those after it
in its stage differ. What `.dockerignore` keeps out is not part of the context.

The model is careful in one place: `COPY --from=STAGE` has the key of that stage's end. A builder
that compares the copied files themselves (BuildKit, buildah) may still find them equal.

Source of the rules: Docker's manual, "Build cache invalidation" and "Dockerfile reference".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seethrough.picture import Canvas, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Those that put files into the image; the others only note something about it.
MAKE_LAYERS = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile.

    Attributes:
        line: where it begins, counted from 1.
        stage: the name of its stage, or its number as text.
        keyword: in capitals, such as `COPY`.
        words: the rest, on one line.
        reads: paths of the build context whose content it depends on.
        takes: the stage or image that it takes files from (`FROM`, `--from=`), or nothing.
    """

    line: int
    stage: str
    keyword: str
    words: str
    reads: tuple[str, ...] = ()
    takes: str = ""

    @property
    def makes_layer(self) -> bool:
        """Whether it puts files into the image."""
        return self.keyword in MAKE_LAYERS

    @property
    def short(self) -> str:
        """A few words that tell it from the others."""
        bare = re.sub(r"--mount=\S+\s*", "", self.words)
        return f"{self.keyword} {bare}"


def parse(text: str) -> tuple[Instruction, ...]:
    """Read a Dockerfile: comments dropped, continued lines joined, stages named."""
    found: list[Instruction] = []
    stage, number = "", -1
    for line, logical in _logical_lines(text):
        keyword, _, words = logical.partition(" ")
        keyword, words = keyword.upper(), words.strip()
        if keyword == "FROM":
            number += 1
            image = re.fullmatch(r"(\S+)(?:\s+AS\s+(\S+))?", words, re.IGNORECASE)
            stage = image[2] if image and image[2] else str(number)
            takes = image[1] if image else words
            found.append(Instruction(line, stage, keyword, words, (), takes))
        else:
            reads, takes = _reads(keyword, words)
            found.append(Instruction(line, stage, keyword, words, reads, takes))
    return tuple(found)


def ignored(path: str, dockerignore: str) -> bool:
    """Tell whether `.dockerignore` keeps a file out; the last pattern that matches decides."""
    out = False
    for line in dockerignore.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keep = pattern.startswith("!")
        if _matches(path, pattern.removeprefix("!").strip("/")):
            out = not keep
    return out


def in_context(files: Iterable[str], dockerignore: str) -> tuple[str, ...]:
    """Return the files that the builder gets to see."""
    return tuple(path for path in files if not ignored(path, dockerignore))


def keys(instructions: Sequence[Instruction], context: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return each instruction's cache key, in their order.

    Args:
        instructions: from `parse`.
        context: content by path, without what is ignored.
    """
    found: list[str] = []
    ends: dict[str, str] = {}  # the key at the end of each stage so far
    for instruction in instructions:
        before = "" if instruction.keyword == "FROM" else ends.get(instruction.stage, "")
        taken = ends.get(instruction.takes, instruction.takes)
        content = [
            f"{path} {sha256(body).hexdigest()}"
            for path, body in sorted(context.items())
            if any(_under(path, source) for source in instruction.reads)
        ]
        parts = [before, instruction.keyword, instruction.words, taken, *content]
        key = sha256("\0".join(parts).encode()).hexdigest()[:12]
        ends[instruction.stage] = key
        found.append(key)
    return tuple(found)


def rebuilt(
    dockerfile: str, context: Mapping[str, bytes], changed: str, dockerignore: str = ""
) -> tuple[Instruction, ...]:
    """Return the instructions that are built again when one file gets another content.

    Args:
        dockerfile: its text.
        context: content by path, the ignored included.
        changed: the file that changes; a new one counts, too.
        dockerignore: the text of that file.
    """
    seen = in_context(context, dockerignore)
    instructions = parse(dockerfile)
    before = keys(instructions, {path: context[path] for path in seen})
    later = {path: context[path] for path in seen}
    if not ignored(changed, dockerignore):
        later[changed] = context.get(changed, b"") + b"\nchanged"
    after = keys(instructions, later)
    return tuple(
        instruction
        for instruction, old, new in zip(instructions, before, after, strict=True)
        if old != new
    )


def draw(
    dockerfile: str,
    context: Mapping[str, bytes],
    changes: Sequence[str],
    dockerignore: str = "",
    title: str = "What is built again when a file changes",
    built: Mapping[str, Sequence[bool]] | None = None,
) -> Picture:
    """Draw instructions as rows, changed files as columns; a filled field is built again.

    Arrows at the right edge of the fields show which stage takes files from which.

    Args:
        dockerfile: its text.
        context: content by path, the ignored included.
        changes: the files that change, a column each.
        dockerignore: the text of that file.
        title: what it is.
        built: what a real builder did, by changed file: for each instruction whether it was built
            again. The fields then show that, a cross marks where the model says otherwise, and
            `FROM`, which builds nothing, has none.
    """
    instructions = parse(dockerfile)
    model = {
        name: {each.line for each in rebuilt(dockerfile, context, name, dockerignore)}
        for name in changes
    }
    again = model if built is None else {
        name: {
            each.line
            for each, one in zip(instructions, built[name], strict=True)
            if one and each.keyword != "FROM"
        }
        for name in changes
    }  # fmt: skip
    text = _text(instructions, again, model, title)
    # The fields come first: on a phone they are what can be seen without scrolling.
    cell, top, right = 30.0, 44.0, 300.0
    fields = cell * len(changes)
    left = fields + 28
    stages = list(dict.fromkeys(each.stage for each in instructions))
    odd = any(again[name] != model[name] for name in changes)
    height = top + 21 * len(instructions) + 26 * len(stages) + 20 * (len(changes) + odd) + 16
    canvas = Canvas(max(left + right, 360), height, title, text)
    canvas.text(0, 16, title, bold=True)
    for place in range(len(changes)):
        canvas.text(cell * (place + 0.5), top, str(place + 1), anchor="middle")
    y, shown = top, ""
    ends: dict[str, float] = {}
    for each in instructions:
        if each.stage != shown:
            y, shown = y + 26, each.stage
            canvas.text(left, y - 4, f"stage {shown}", bold=True)
        canvas.text(left + 8, y + 15, fit(each.short, right - 14, per_character=7.9), mono=True)
        for place, name in enumerate(changes):
            if built is not None and each.keyword == "FROM":
                continue
            x = cell * place + 2
            if each.line in again[name]:
                canvas.rect(x, y + 2, cell - 6, 16, fill="orange", tip=f"{name}: built again")
            else:
                canvas.rect(x, y + 2, cell - 6, 16, fill="none", stroke="grey")
            if (each.line in again[name]) != (each.line in model[name]):
                canvas.line(x + 6, y + 5, x + cell - 12, y + 15, colour="red")
                canvas.line(x + 6, y + 15, x + cell - 12, y + 5, colour="red")
        if each.takes in ends:
            source, trunk = ends[each.takes], fields + 8
            canvas.line(trunk, source, trunk, y + 10, colour="blue")
            canvas.line(trunk, source, left, source, colour="blue")
            canvas.line(trunk, y + 10, left + 4, y + 10, colour="blue", arrow=True)
        ends[each.stage] = y + 10
        y += 21
    notes = [
        f"{place}  {name}" + (" (ignored)" if ignored(name, dockerignore) else "")
        for place, name in enumerate(changes, 1)
    ]
    for place, words in enumerate([*notes, "×  the model says otherwise"] if odd else notes):
        canvas.text(0, y + 24 + 20 * place, words)
    return canvas.picture(text)


def _text(
    instructions: Sequence[Instruction],
    again: Mapping[str, set[int]],
    model: Mapping[str, set[int]],
    title: str,
) -> str:
    rows = [title]
    for name, lines in again.items():
        built = [each for each in instructions if each.line in lines]
        first = f", from line {built[0].line} on: {built[0].short[:40]}" if built else ""
        layers = sum(each.makes_layer for each in built)
        rows.append(f"{name}: {len(built)} of {len(instructions)}, {layers} of them layers{first}")
        rows += [
            f"  line {each.line}, {each.short[:40]}: the model says otherwise"
            for each in instructions
            if (each.line in lines) != (each.line in model[name])
        ]
    return "\n".join(rows)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    begun = 0
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        begun = begun or number
        parts.append(bare.removesuffix("\\").strip())
        if not bare.endswith("\\"):
            found.append((begun, " ".join(parts)))
            begun = 0
            parts.clear()
    return found


def _reads(keyword: str, words: str) -> tuple[tuple[str, ...], str]:
    if keyword == "RUN":
        mounts = re.findall(r"--mount=(\S+)", words)
        options = [dict(re.findall(r"(\w+)=([^,]+)", mount)) for mount in mounts]
        binds = [
            each for each in options if each.get("type", "bind") == "bind" and "from" not in each
        ]
        return tuple(each.get("source", ".") for each in binds), ""
    if keyword not in {"COPY", "ADD"}:
        return (), ""
    parts = words.split()
    flags = [part for part in parts if part.startswith("--")]
    sources = tuple(part.removeprefix("./") for part in parts if not part.startswith("--"))[:-1]
    other = next((flag[7:] for flag in flags if flag.startswith("--from=")), "")
    return ((), other) if other else (sources, "")


def _under(path: str, source: str) -> bool:
    bare = source.rstrip("/")
    return bare in {".", ""} or _matches(path, bare)


def _matches(path: str, pattern: str) -> bool:
    """Tell whether a pattern names the file or a folder above it."""
    expression = "".join(
        {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
        for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    )
    names = [path, *map(str, PurePosixPath(path).parents)][: len(PurePosixPath(path).parts)]
    return any(re.fullmatch(expression, name) for name in names)
