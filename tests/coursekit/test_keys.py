"""When must a chapter be executed again, and when not?"""

from __future__ import annotations

import pytest

from coursekit import keys
from coursekit.notebook import read_notebook

HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A chapter

Prose.

```{code-cell} ipython3
print("twelve")
```
"""


@pytest.fixture
def chapter(tmp_path):
    path = tmp_path / "chapters" / "advanced" / "orders.md"
    (path.parent / "orders" / "exercises").mkdir(parents=True)
    path.write_text(HEAD)
    return path


def key(path) -> str:
    return keys.execution_key(path, read_notebook(path))


def test_does_reworded_prose_keep_the_execution(chapter):
    before = key(chapter)
    chapter.write_text(HEAD.replace("Prose.", "Better prose."))
    assert key(chapter) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [('"twelve"', '"thirteen"'), ("{code-cell} ipython3", "{code-cell} ipython3\n:tags: [x]")],
)
def test_does_another_cell_or_tag_ask_for_a_new_execution(chapter, old, new):
    before = key(chapter)
    chapter.write_text(HEAD.replace(old, new))
    assert key(chapter) != before


@pytest.mark.parametrize("name", ["exercises/clamp.py", "quiz.yml", "data.csv"])
def test_does_a_file_beside_the_chapter_count(chapter, name):
    before = key(chapter)
    (chapter.with_suffix("") / name).write_text("changed")
    assert key(chapter) != before


@pytest.mark.parametrize("name", ["outputs.json", "terms.yml", "__pycache__/x.py"])
def test_do_files_that_no_cell_reads_not_count(chapter, name):
    before = key(chapter)
    path = chapter.with_suffix("") / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert key(chapter) == before


@pytest.mark.parametrize("what", ["python_version", "machine"])
def test_does_another_interpreter_or_machine_count(chapter, monkeypatch, what):
    before = key(chapter)
    monkeypatch.setattr(keys.platform, what, lambda: "another")
    keys._shared.cache_clear()
    try:
        assert key(chapter) != before
    finally:
        monkeypatch.undo()
        keys._shared.cache_clear()


def test_does_another_lock_count(chapter, monkeypatch, tmp_path):
    before = key(chapter)
    (tmp_path / "requirements.txt").write_text("numpy==9\n")
    monkeypatch.setattr(keys, "LOCK", tmp_path / "requirements.txt")
    keys._shared.cache_clear()
    try:
        assert key(chapter) != before
    finally:
        monkeypatch.undo()
        keys._shared.cache_clear()
