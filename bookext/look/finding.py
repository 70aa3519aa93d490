"""Search for what readers of this book look for: Python's keywords, and numbers such as 409.

Sphinx leaves out the commonest English words, some of which are keywords, and its script drops
every number that somebody asks for, though the index has them.
"""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import ExtensionError
from sphinx.search.en import SearchEnglish, english_stopwords

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NO_NUMBERS = "queryTerm.match(/^\\d+$/)"
_DONE = f"\n// Numbers are found: see {__name__}.\n"


def _is_keyword(word: str) -> bool:
    return keyword.iskeyword(word) or keyword.issoftkeyword(word)


class SearchCourse(SearchEnglish):
    """English as Sphinx has it, with Python's keywords in the index."""

    stopwords: set[str] = {str(each) for each in english_stopwords if not _is_keyword(each)}  # noqa: RUF012


def find_numbers(app: Sphinx, error: Exception | None) -> None:
    """Have the search script look numbers up.

    Raises:
        ExtensionError: the script is another than the one that this was written for.
    """
    script = Path(app.outdir, "_static", "searchtools.js")
    if error is not None or not script.is_file():
        return
    text = script.read_text(encoding="utf-8")
    if _NO_NUMBERS in text:
        script.write_text(f"{text.replace(_NO_NUMBERS, 'false')}{_DONE}", encoding="utf-8")
    elif not text.endswith(_DONE):  # by an earlier build of this folder
        message = f"{script.name}: Sphinx's search treats numbers in a way unknown to {__name__}"
        raise ExtensionError(message)


def setup(app: Sphinx) -> None:
    """Register both; called by `bookext.look`."""
    app.add_search_language(SearchCourse)
    app.connect("build-finished", find_numbers)
