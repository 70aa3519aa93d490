"""`python -m coursekit.sphinx_run BUILDER OUT [--quiet] [--anew]`: one Jupyter Book build.

The same call as `jupyter-book build -W -n --keep-going`, except that chapters without validated
outputs fail instead of being executed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import coursekit  # noqa: F401 - first of all: it makes nbformat import fast
from coursekit.places import ROOT


def main(builder: str, out: Path, *, quiet: bool, anew: bool) -> int:
    """Build and return an exit code."""
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        ROOT,
        out,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={
            "external_toc_path": "_toc.yml",
            "latex_individualpages": False,  # Jupyter Book asks for it, whatever the builder
            "nitpicky": True,
            "course_validated_only": True,
        },
        builder=builder,
        doctreedir=out.parent / ".doctrees" / builder,
        warningiserror=True,
        keep_going=True,
        quiet=quiet,
        freshenv=anew,
        force_all=anew,
    )
    if isinstance(result, Exception):
        print(f"{type(result).__name__}: {result}", file=sys.stderr)
        return 1
    return int(result)


if __name__ == "__main__":
    sys.exit(
        main(sys.argv[1], Path(sys.argv[2]), quiet="--quiet" in sys.argv, anew="--anew" in sys.argv)
    )
