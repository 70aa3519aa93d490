"""Where the book's outputs come from: the execution that validation compared.

Each chapter has a jupyter-cache folder of its own, named by everything its outputs depend on
(`coursekit.keys`). Validation fills it, the build reads it. A plain `jupyter-book build .` finds
it empty and executes the chapter itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myst_nb.core.execute import ExecutionError
from myst_nb.core.read import is_myst_markdown_notebook

from coursekit.keys import cache_folder
from coursekit.notebook import read_notebook
from coursekit.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

_KEYS = "course_execution_keys"


def give_kernels_the_helpers(_app: Sphinx, _config: Config) -> None:
    """Let cells import `seethrough` where it is not installed."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(ROOT) not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, paths)])


def find_outdated(
    app: Sphinx,
    env: BuildEnvironment,
    _added: AbstractSet[str],
    _changed: AbstractSet[str],
    _removed: AbstractSet[str],
) -> list[str]:
    """Name the chapters whose helpers, exercises or interpreter changed since they were read."""
    known: dict[str, str] = getattr(env, _KEYS, {})
    now = {docname: str(folder) for docname in env.found_docs
           if (folder := folder_for(app, docname)) is not None}  # fmt: skip
    setattr(env, _KEYS, now)
    return [docname for docname, folder in now.items() if known.get(docname) != folder]


def point_to_cache(app: Sphinx, docname: str, _source: list[str]) -> None:
    """Give the notebook that is about to be read its own cache folder.

    Raises:
        ExecutionError: the build was told to take validated outputs only and there are none.
    """
    folder = folder_for(app, docname)
    if folder is None:
        return
    if app.config.course_validated_only and not folder.exists():
        message = (
            f"{docname}: no validated outputs; run `python3 course.py test {Path(docname).name}`"
        )
        raise ExecutionError(message)
    config = app.env.mystnb_config  # type: ignore[attr-defined]
    app.env.mystnb_config = config.copy(execution_cache_path=str(folder))  # type: ignore[attr-defined]


def folder_for(app: Sphinx, docname: str) -> Path | None:
    """Return the cache folder of a page that is a notebook, else nothing."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".md" or not path.exists():
        return None
    if not is_myst_markdown_notebook(path.read_text(encoding="utf-8")):
        return None
    return cache_folder(path, read_notebook(path))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_config_value("course_validated_only", default=False, rebuild="")
    app.connect("config-inited", give_kernels_the_helpers)
    app.connect("env-get-outdated", find_outdated)
    app.connect("source-read", point_to_cache)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
