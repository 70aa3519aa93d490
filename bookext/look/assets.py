"""Turn the theme's half megabyte of styles into one small file, and drop what pages do not load."""

from __future__ import annotations

import hashlib
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from bookext.look.purge import Used, collect, purge

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# The theme's sheets in the order of the cascade. The book's own sheets are never purged.
SHEETS = (
    ("pydata_sphinx_theme", "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css"),
    ("sphinx_book_theme", "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"),
    ("myst_nb", "static/mystnb.css"),
)
# What scripts add to a page after it is loaded, and the theme's sheets have a say in:
# Sphinx's search results, and outputs that a live cell prints.
KEPT_CLASSES = {"search", "context", "highlighted", "search-summary", "kind-title"}
KEPT_CLASSES |= {"output", "stream", "stderr", "traceback", "text_plain", "text_html", "table"}
KEPT_ELEMENTS = {"pre", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "p", "a", "img"}
# In the output and never asked for: the theme's scripts, fonts and translations, Sphinx's icons.
UNUSED = ("scripts", "vendor", "locales", "styles", "images", "basic.css", "pygments.css")
UNUSED_PATTERNS = ("*webpack-macros.html", "file.png", "minus.png", "plus.png", "mystnb.*.css")
TARGET = "look/vendor.css"
# The site's front door, as the first page has a folder of its own.
FORWARD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<meta name="description" content="The first page of {title}.">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="_static/look/icon.svg">
</head>
<body><main><h1>{title}</h1><p><a href="{page}">To the first page</a></p></main></body>
</html>
"""
_FONT = re.compile(r"@font-face\s*\{[^}]*\}\n?")  # the theme's icons, which the book draws itself
_PROPERTY = re.compile(r"--[\w-]+")


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the purged sheet and tidy `_static`; runs last."""
    if error is not None:
        return
    if app.config.root_doc != "index" and app.builder.name == "html":
        start = FORWARD.format(title=app.config.project, page=f"{app.config.root_doc}.html")
        Path(app.outdir, "index.html").write_text(start, encoding="utf-8")
    static = Path(app.outdir, "_static")
    target = static / TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(purged(Path(app.outdir), Path(app.doctreedir)), encoding="utf-8")
    for name in UNUSED:
        place = static / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    for pattern in UNUSED_PATTERNS:
        for place in static.glob(pattern):
            place.unlink()


def purged(built: Path, cache: Path) -> str:
    """Purge the theme's sheets by what occurs in the built pages.

    Args:
        built: the folder of built pages and of the book's own styles and scripts.
        cache: where the result is kept, by what it was made from.
    """
    css = "\n".join(
        resources.files(package).joinpath(path).read_text(encoding="utf-8")
        for package, path in SHEETS
    )
    used = Used(classes=set(KEPT_CLASSES))
    used.elements |= KEPT_ELEMENTS
    # The book's own sheets and scripts may read the theme's custom properties.
    own = [*built.glob("_static/**/*.css"), *built.glob("_static/**/*.js")]
    unused = {built / "_static" / name for name in UNUSED}
    for path in own:
        purged_itself = path.name.startswith("mystnb.") or path.name == Path(TARGET).name
        if not purged_itself and not unused.intersection([path, *path.parents]):
            used.properties.update(_PROPERTY.findall(path.read_text(encoding="utf-8")))
    pages = (page for page in sorted(built.rglob("*.html")) if "_static" not in page.parts)
    collect((page.read_text(encoding="utf-8") for page in pages), used)
    source = Path(__file__).with_name("purge.py").read_text(encoding="utf-8")
    key = hashlib.sha256("\0".join((source, css, used.key())).encode()).hexdigest()[:24]
    kept = cache / f"vendor-{key}.css"
    if not kept.is_file():
        for old in cache.glob("vendor-*.css"):
            old.unlink()
        kept.write_text(_FONT.sub("", purge(css, used)), encoding="utf-8")
    return kept.read_text(encoding="utf-8")
