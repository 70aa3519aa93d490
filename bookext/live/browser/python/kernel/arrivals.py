"""What arrives while the page is open: the book's bundles, fetched when an import asks for them."""

from __future__ import annotations

import importlib
import linecache
import re
import sys
import zipfile
import zipimport
from importlib.machinery import PathFinder
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterable

LIBRARY = "/lib/python314.zip"
COURSE = "/course"
_ADAPTED = {"http"}  # bundles with a module that adapts them to a tab


class NotFetchedError(ImportError):
    """What an import needs is part of the book but did not come: the reader is offline, perhaps."""

    __module__ = "builtins"  # shown without the kernel's name


class _LazyFinder:
    """Finds what is not there yet: the last entry of `sys.meta_path`."""

    fetch: Callable[[str], str] | None = None

    def find_spec(
        self,
        name: str,
        path: Any = None,
        target: types.ModuleType | None = None,
    ) -> Any:
        """Fetch the bundle with this module, and look again."""
        said = "" if self.fetch is None else self.fetch(name)
        if not said:
            return None
        if said != "new":
            message = f"{name} could not be fetched ({said})"
            raise NotFetchedError(message, name=name)
        return PathFinder.find_spec(name, path, target)


_lazy = _LazyFinder()
_read_lines = linecache.updatecache
_in_library: list[str] = []
_shipped: list[str] = []


def install() -> None:
    """Have imports and quoted lines fetch what they need."""
    sys.meta_path.append(_lazy)
    linecache.updatecache = _lines_of
    with zipfile.ZipFile(LIBRARY) as library:
        tops = {re.split(r"[/.]", name, maxsplit=1)[0] for name in library.namelist()}
    _in_library.extend(sorted(tops))


def connect(fetch: Callable[[str], str], modules: Iterable[str]) -> None:
    """Bind imports to the page.

    Args:
        fetch: brings what an import needs; says `new` if anything came, nothing if there is
            nothing to bring, and otherwise why it did not come.
        modules: the top-level modules that it can bring, beside the standard library.
    """
    _lazy.fetch = fetch
    _shipped.extend(modules)
    _forget_directories()


def fetch_library() -> bool:
    """Fetch the text of the standard library; tell whether it came now."""
    return _lazy.fetch is not None and _lazy.fetch("os") == "new"


def _lines_of(filename: str, module_globals: Any = None) -> list[str]:
    """Read a file's lines, for `inspect` and tracebacks; fetch the standard library for its own."""
    if filename.startswith(LIBRARY):
        fetch_library()
    return _read_lines(filename, module_globals)


def _forget_directories() -> None:
    zipimport._zip_directory_cache.clear()  # pyrefly: ignore[missing-attribute]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()


def shipped() -> list[str]:
    """Name the modules of packages that the book brings along."""
    return _shipped


def standard_names() -> list[str]:
    """Name what the archive of the standard library holds; all else of it is built in or absent."""
    return _in_library


def unpack(archive: Any, folder: str) -> list[str]:
    """Unpack a zip file that arrived as bytes of JavaScript, and name its compiled modules."""
    with zipfile.ZipFile(BytesIO(archive.to_bytes())) as opened:
        opened.extractall(folder)
        return [f"{folder}/{name}" for name in opened.namelist() if name.endswith(".so")]


def arrived(group: str) -> None:
    """Look again at the folders: a bundle was unpacked."""
    _forget_directories()
    if group == "stdlib":
        linecache.checkcache()
    if group in _ADAPTED:
        importlib.import_module(f"tab_{group}")
    if group == "course" and COURSE not in sys.path:
        sys.path.insert(0, COURSE)
