"""A throw-away book with a page on progress and two chapters."""

from small_book import CHAPTER, CONF, FRONT, build, lay_out

MINUTES = FRONT.removesuffix("---\n") + "minutes: 30\n---\n"
EXTENSIONS = "myst_nb,bookext.quizzes,bookext.exercises,bookext.glossary,bookext.progress"
SETUP = """
def setup(app):
    app.add_config_value("external_toc_path", "_toc.yml", "env")
"""
PAGE = """\
# Progress

```{progress-list}
```

## Review

```{review-cards}
```

## Take it with you

```{progress-file}
```
"""
TOC = """\
format: jb-book
root: index
parts:
  - chapters:
      - file: chapters/advanced/numbers
      - file: chapters/advanced/words
      - file: chapters/advanced/plain
      - file: chapters/progress
"""
INDEX = """\
# Small

```{toctree}
chapters/glossary
chapters/progress
chapters/advanced/numbers
chapters/advanced/words
chapters/advanced/plain
```
"""
WORDS = """\
# Words

## Letters

```{code-cell} ipython3
"a"
```

```{code-cell} ipython3
---
tags: [no-browser]
reason: it needs a thread
---
"b"
```

```{code-cell} ipython3
"a"
```
"""
NUMBERS = CHAPTER.replace(
    "## Exercises", "## Counting\n\nOne.\n\n### Further\n\nTwo.\n\n## Exercises"
)


def lay_out_progress(folder, numbers=NUMBERS, **changes):
    """Write the sources; `numbers` is the chapter with the exercise and the quiz."""
    source = lay_out(folder, **changes)
    files = {
        "conf.py": CONF + SETUP,
        "index.md": INDEX,
        "_toc.yml": TOC,
        "chapters/progress.md": PAGE,
        "chapters/advanced/numbers.md": MINUTES + numbers,
        "chapters/advanced/words.md": MINUTES + WORDS,
    }
    for name, text in files.items():
        (source / name).write_text(text, encoding="utf-8")
    return source


def build_progress(folder, builder="html"):
    """Build it; a warning fails."""
    out, said = build(folder, builder, "-D", f"extensions={EXTENSIONS}", "-W", "--keep-going")
    assert said == ""
    return out
