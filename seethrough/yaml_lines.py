"""YAML whose every value knows its line, so that a message can name it.

`yaml` is imported when a file is read, not before: the rest of the course runs without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class DataFileError(Exception):
    """A data file is missing or has the wrong shape; the message begins with `file:line`."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Item:
    """One value of a YAML file.

    Attributes:
        path: the file.
        line: the line on which the value begins, from 1.
        value: the text of a scalar *as it is written* (`True` stays the text `True`), a list of
            items, or a dictionary of them.
    """

    path: Path
    line: int
    value: str | list[Item] | dict[str, Item]

    def error(self, message: str) -> DataFileError:
        """Return an error that names this value's place."""
        return DataFileError(self.path, self.line, message)

    def text(self, what: str) -> str:
        """Return the text of a scalar that must not be empty.

        Args:
            what: what the value is, for the message.
        """
        if not isinstance(self.value, str):
            raise self.error(f"{what} should be text. Has it lost its quotes?")
        if not self.value.strip():
            raise self.error(f"{what} is empty.")
        return self.value

    def flag(self, what: str) -> bool:
        """Return a scalar that is `true` or `false`."""
        if self.value not in {"true", "false"}:
            raise self.error(f"{what} should be `true` or `false`.")
        return self.value == "true"

    def list(self, what: str) -> list[Item]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.error(f"{what} should be a list: lines that begin with `- `.")
        return self.value

    def fields(self, what: str, needed: set[str], allowed: set[str]) -> dict[str, Item]:
        """Return the values of a mapping by their keys.

        Args:
            what: what the mapping describes, for the message.
            needed: keys that must be there.
            allowed: keys that may be there as well.
        """
        if not isinstance(self.value, dict):
            raise self.error(f"{what} should be lines of the form `key: value`.")
        for key, item in self.value.items():
            if key not in needed | allowed:
                known = ", ".join(f"`{name}`" for name in sorted(needed | allowed))
                raise item.error(f"{what} has no key `{key}`; it knows {known}.")
        for key in sorted(needed):
            if key not in self.value:
                raise self.error(f"{what} needs `{key}:`.")
        return self.value


def read_yaml(path: Path, *, text: str | None = None, first_line: int = 1) -> Item | None:
    """Read a YAML file.

    Args:
        path: the file.
        text: its content where it is known already (then the file is not opened).
        first_line: the line of the file on which `text` begins.

    Returns:
        The file's one value, or None when the file holds nothing.

    Raises:
        DataFileError: the file is missing, is not UTF-8 or is not YAML.
    """
    import yaml

    if text is None:
        text = read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise DataFileError(path, first_line + line, _explain(error.problem)) from None
    except yaml.YAMLError as error:
        words = str(error).splitlines()[0]
        raise DataFileError(path, first_line, f"this is not YAML: {words}.") from None
    return None if node is None else _item(path, node, first_line)


def read_text(path: Path) -> str:
    """Read a text file that must be UTF-8.

    Raises:
        DataFileError: the file is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataFileError(path, 1, "there is no such file.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        message = f"the file should be UTF-8; the byte 0x{byte:02x} here is not. Save it as UTF-8."
        raise DataFileError(path, line, message) from None


def _explain(problem: str | None) -> str:
    tip = ""
    if problem and "mapping values" in problem:
        tip = " A text that contains `: ` needs quotes."
    elif problem and "cannot start any token" in problem:
        tip = " A text that begins with a backtick or an at sign needs quotes."
    return f"this is not YAML: {problem}.{tip}"


def _item(path: Path, node: Any, first_line: int) -> Item:  # a yaml node
    line = first_line + node.start_mark.line
    if node.id == "scalar":
        return Item(path, line, node.value)
    if node.id == "sequence":
        return Item(path, line, [_item(path, child, first_line) for child in node.value])
    fields: dict[str, Item] = {}
    for key, child in node.value:
        name = str(key.value)
        key_line = first_line + key.start_mark.line
        if name in fields:
            raise DataFileError(path, key_line, f"`{name}:` is there twice.")
        item = _item(path, child, first_line)
        fields[name] = Item(path, key_line, item.value)
    return Item(path, line, fields)
