"""Is a chapter read as the book reads it, and what does an author hear when it cannot be?"""

import pytest

from coursekit import chapters
from coursekit.chapters import ChapterError
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import chapter_files

FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
minutes: 35
---
"""

BODY = """
# Title

Inline ```code``` is no fence.

```{code-cell} ipython3
print("plain")
```

```{code-cell} ipython3
:tags: [exercise:clamp, no-browser]
:reason: it starts a thread

# Exercise: clamp

x = 1
```

~~~{code-cell} ipython3
---
tags: [raises-exception]
timeout: 60
---
1 / 0
~~~

````md
```{code-cell}
never("a cell")
```
````

```{note}
no cell
```

```{code-cell}
:tags: [check:clamp]
check("a/clamp")
```

```{code-cell}
```
"""


def write(tmp_path, text):
    path = tmp_path / "sample.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_does_each_cell_have_its_tags_and_lines(tmp_path):
    path = write(tmp_path, FRONT + BODY)
    chapter = chapters.read(path)
    lines = path.read_text().split("\n")
    assert chapter.front["minutes"] == 35
    assert [cell.tags for cell in chapter.cells] == [
        (), ("exercise:clamp", "no-browser"), ("raises-exception",), ("check:clamp",), ()
    ]  # fmt: skip
    for cell in chapter.cells:
        assert lines[cell.line - 1].startswith(("```{code-cell}", "~~~{code-cell}"))
        if cell.source:
            assert lines[cell.source_line - 1] == cell.source.split("\n")[0]
    assert chapter.starters["clamp"].source == "# Exercise: clamp\n\nx = 1"
    assert chapter.checks["clamp"].source == 'check("a/clamp")'
    assert chapter.cells[2].options["timeout"] == 60


def same(path):
    notebook = read_notebook(path)
    theirs = [(cell.source, dict(cell.metadata), line) for line, cell in code_cells(path, notebook)]
    ours = [
        (cell.source, dict(cell.options), cell.source_line) for cell in chapters.read(path).cells
    ]
    return ours, theirs


def test_do_both_readers_see_the_same_cells(tmp_path):
    ours, theirs = same(write(tmp_path, FRONT + BODY))
    assert ours[:-1] == theirs[:-1]
    assert ours[-1][:2] == theirs[-1][:2]  # the empty cell has no line of code


@pytest.mark.parametrize("path", chapter_files(), ids=lambda path: path.stem)
def test_do_both_readers_agree_on_each_chapter(path):
    ours, theirs = same(path)
    assert ours == theirs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# Title\n", ":1: a chapter begins with front matter"),
        ("", ":1: a chapter begins with front matter"),
        ("---\njupytext: {}\n", ":1: the front matter is never closed"),
        ("---\na: b\n---\n", ":1: the front matter lacks `jupytext:`"),
        ("---\na: [b\nc: d\n---\n", r":\d: the front matter is not YAML"),
        ("---\n- a\n---\n", ":2: the front matter should be lines of the form"),
        (FRONT.encode() + b"\nna\xefve\n", ":7: the file should be UTF-8; the byte 0xef"),
        (FRONT + "```{code-cell}\nx\n", ":6: this fence is never closed"),
        (FRONT + "```{code-cell}\n:tags: [a\nx\n```\n", r":\d: what stands above .* is not YAML"),
    ],
)
def test_does_a_message_name_line_and_fault(tmp_path, text, message):
    with pytest.raises(ChapterError, match=message):
        chapters.read(write(tmp_path, text))


def test_is_a_missing_chapter_reported(tmp_path):
    with pytest.raises(ChapterError, match="there is no such file"):
        chapters.read(tmp_path / "none.md")


def test_is_a_syntax_error_found_and_a_magic_or_an_await_none(tmp_path):
    body = (
        "```{code-cell}\nawait x\n%timeit f()\n!ls\n```\n"
        "```{code-cell}\n%%py 3.14\nt'no older syntax' ?\n```\n"
        "```{code-cell}\n:tags: [raises-exception]\n1 +\n```\n"
        "```{code-cell}\nx = 1\ny = = 2\n```\n"
    )
    errors = chapters.syntax_errors(chapters.read(write(tmp_path, FRONT + body)))
    assert [str(error).rpartition("sample.md")[2] for error in errors] == [
        ":21: this cell is not Python: invalid syntax"
    ]
