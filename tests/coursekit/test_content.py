"""What the content check says to an author whose sources are broken: one clear message each."""

from __future__ import annotations

import pytest

from coursekit.content import BONES, check_chapter, check_contents

HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
minutes: 30
prerequisites: []
outcomes: [test it]
runs_in: {browser: "yes"}
---
"""
STARTER = """\
```{code-cell} ipython3
:tags: [exercise:NAME]
# Exercise: NAME
answer = None
```

```{code-cell} ipython3
:tags: [check:NAME]
check("orders/NAME")
```
"""
EXERCISE = """\
# %% [check]
def check(work):
    work.equal(work.get("answer"), 4, "answer")
# %% [hint]
# one
# %% [hint]
# two
# %% [hint]
# three
# %% [solution]
answer = 4
# %% [mistake] a
# says: `1`
answer = 1
# %% [mistake] b
# says: `2`
answer = 2
# %% [mistake] c
# says: `3`
answer = 3
"""
QUESTION = """\
- id: q{number}
  kind: predict
  question: What does this print?
  code: print({number})
  answer: "{number}"
  because: It does.
  distractors:
    - {{text: "x", because: No.}}
    - {{text: "y", because: No.}}
"""
NAMES = ("one", "two", "three", "four", "five")


def body(**changed: str) -> str:
    sections = dict.fromkeys(BONES, "")
    sections["Exercises"] = "\n".join(STARTER.replace("NAME", name) for name in NAMES)
    sections |= changed
    return "# Orders\n\n" + "\n".join(f"## {bone}\n\n{text}\n" for bone, text in sections.items())


@pytest.fixture
def chapter(tmp_path):
    """A chapter that the check has nothing to say about."""
    path = tmp_path / "chapters" / "advanced" / "orders.md"
    folder = path.with_suffix("") / "exercises"
    folder.mkdir(parents=True)
    path.write_text(HEAD + body(), encoding="utf-8")
    for name in NAMES:
        (folder / f"{name}.py").write_text(EXERCISE, encoding="utf-8")
    quiz = "".join(QUESTION.format(number=number) for number in range(8))
    (folder.parent / "quiz.yml").write_text(quiz, encoding="utf-8")
    (folder.parent / "terms.yml").write_text("order: what a customer wants\n", encoding="utf-8")
    return path


def said(path) -> list[str]:
    return [str(problem) for problem in check_chapter(path)]


def test_is_a_right_chapter_left_in_peace(chapter):
    assert said(chapter) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# No front matter\n", 1, "front matter"),
        ("---\njupytext: [\n---\n", 2, "not YAML"),
        ("---\ntitle: x\n---\n", 1, "lacks `jupytext:`"),
        ("---\njupytext: {}\n", 1, "never closed"),
    ],
)
def test_is_an_unreadable_chapter_one_message_with_its_line(chapter, text, line, words):
    chapter.write_text(text, encoding="utf-8")
    found = check_chapter(chapter)
    assert len(found) == 1
    assert words in found[0].message
    assert found[0].line in {line, line + 1}


def test_is_a_file_that_is_not_utf_8_named_with_its_line(chapter):
    chapter.write_bytes(HEAD.encode() + b"# Caf\xe9\n")
    (problem,) = check_chapter(chapter)
    assert "UTF-8" in problem.message
    assert problem.line == HEAD.count("\n") + 1


@pytest.mark.parametrize(
    ("bone", "text", "words"),
    [
        ("A puzzle first", "```{code-cell} ipython3\ndef f(:\n```\n", "this cell is not Python"),
        ("A puzzle first", "```{code-cell} ipython3\n:tags: [raise]\n1\n```\n", "unknown tag 'raise'"),  # noqa: E501
        ("A puzzle first", "```{code-cell} ipython3\n:kept-because: so\n1\n```\n", "why the tag `no-browser` stays"),  # noqa: E501
        ("A puzzle first", "```{code-cell} ipython3\n:tags: [no-browser]\n:kept-because:\n1\n```\n", "in words"),  # noqa: E501
        ("A puzzle first", "This is simply so.", "the word 'simply'"),
        ("A puzzle first", "TODO: write this.", "is not for readers"),
        ("A puzzle first", "See [there](nowhere.md).", "leads nowhere"),
        ("A puzzle first", "```{code-cell} ipython3\n" + "x\n" * 40 + "```\n", "a cell of 40 lines"),  # noqa: E501
        ("A puzzle first", "```{code-cell} ipython3\n#" + "x" * 90 + "\n```\n", "code line of 91"),
    ],
)  # fmt: skip
def test_is_this_slip_in_a_chapter_found(chapter, bone, text, words):
    chapter.write_text(HEAD + body(**{bone: text}), encoding="utf-8")
    (problem,) = check_chapter(chapter)
    assert words in problem.message
    assert problem.line > HEAD.count("\n")


def test_is_a_name_that_two_exercises_have_said_once(chapter):
    twice = "\n".join(STARTER.replace("NAME", name) for name in (*NAMES, "two"))
    chapter.write_text(HEAD + body(Exercises=twice), encoding="utf-8")
    (words,) = said(chapter)
    assert "orders/two" in words
    assert "has this name" in words


def test_are_missing_bones_and_keys_named(chapter):
    text = (HEAD + body()).replace("## Sources\n", "").replace("minutes: 30\n", "")
    chapter.write_text(text, encoding="utf-8")
    words = "\n".join(said(chapter))
    assert "lacks the heading `## Sources`" in words
    assert "lacks `minutes:`" in words


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("quiz.yml", "- id: [\n", "quiz.yml:"),
        ("quiz.yml", "- id: a\n  kind: guess\n", "quiz.yml:"),
        ("quiz.yml", QUESTION.format(number=1), "has 1 questions"),
        ("quiz.yml", QUESTION.format(number=1) * 8, "quiz.yml:"),
        ("terms.yml", "a: [", "terms.yml:"),
        ("terms.yml", "- a\n", "each entry is"),
        ("exercises/one.py", EXERCISE.replace("# %% [hint]\n# one\n", ""), "has 2 hints"),
        ("exercises/one.py", EXERCISE[: EXERCISE.index("# %% [mistake] c")], "has 2 mistakes"),
        ("exercises/one.py", EXERCISE.replace("# says: `1`\n", ""), "one.py:"),
        ("exercises/one.py", "print(1)\n", "one.py:"),
        ("exercises/six.py", EXERCISE, "no cell of orders.md"),
    ],
)
def test_is_this_slip_beside_a_chapter_one_message(chapter, name, text, words):
    (chapter.with_suffix("") / name).write_text(text, encoding="utf-8")
    (found,) = said(chapter)
    assert words in found


def test_is_an_exercise_without_file_or_check_cell_found(chapter):
    (chapter.with_suffix("") / "exercises" / "one.py").unlink()
    (words,) = said(chapter)
    assert "there is no exercises/one.py" in words


def test_are_toc_entries_without_file_and_files_without_entry_found(tmp_path, chapter):
    (tmp_path / "chapters" / "index.md").write_text("# Home\n")
    toc = "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/advanced/gone\n"
    (tmp_path / "_toc.yml").write_text(toc)
    missing, orphan = check_contents(tmp_path)
    assert "there is no file chapters/advanced/gone.md" in missing.message
    assert missing.line == 4
    assert orphan.path == chapter
    assert "not in _toc.yml" in orphan.message


def test_is_a_toc_that_is_not_yaml_one_message(tmp_path):
    (tmp_path / "_toc.yml").write_text("format: [\n")
    (problem,) = check_contents(tmp_path)
    assert "not YAML" in problem.message
