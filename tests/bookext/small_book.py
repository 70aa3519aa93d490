"""A throw-away book of two pages, for tests of what the book's parts make of a chapter."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CONF = """\
import coursekit  # makes nbformat import fast
extensions = ["myst_nb", "bookext.quizzes", "bookext.exercises", "bookext.glossary"]
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence"]
project = "Small"
html_theme = "alabaster"
copyright = "2026"
version = "1"
"""

FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""

INDEX = """\
# Small

```{toctree}
chapters/glossary
chapters/advanced/numbers
chapters/advanced/plain
```
"""

CHAPTER = """\
# Numbers

A {term}`number` counts. Do [the exercise](#exercise-double),
or [from afar](numbers.md#exercise-double).

```{code-cell} ipython3
print("an ordinary cell")
```

## Exercises

### Double it

Write `double`.

```{code-cell} ipython3
:tags: [exercise:double]
# Exercise: double
def double(n: int) -> int:
    return n
```

```{code-cell} ipython3
:tags: [check:double]
check("numbers/double")
```

## Quiz

```{code-cell} ipython3
:tags: [quiz]
from seethrough.quiz import quiz

quiz("numbers")
```
"""

EXERCISE = '''\
# %% [check]
"""Return the double."""

from seethrough.exercises import Work


def check(work: Work) -> str:
    double = work.get("double")
    work.equal(double(4), 8, "double(4)")
    return "Doubled."


# %% [hint]
# What is twice `n`?

# %% [hint]
# Add it to itself.

# %% [hint]
# ```python
# return n + n
# ```

# %% [solution]
def double(n: int) -> int:
    return 2 * n


# %% [mistake] square
# says: gave `16`
def double(n: int) -> int:
    return n * n


# %% [mistake] add-two
# says: gave `6`
def double(n: int) -> int:
    return n + 2


# %% [mistake] none
# says: gave `None`
def double(n: int) -> None:
    n + n
'''

QUIZ = """\
- id: sum
  kind: predict
  question: What does this print?
  code: |
    print(1 + 1)
    print("done")
  answer: |
    2
    done
  because: Addition binds first.
  distractors:
    - text: "11"
      because: That would need strings.
    - text: "2"
      because: There are two calls of `print`.

- id: home
  kind: choose
  question: Where does *state* live?
  options:
    - text: in the instance's `__dict__`
      right: true
      because: Assignment stores it there.
    - text: on the class
      because: All instances would share it.
    - text: on <b>the</b> descriptor
      because: One descriptor serves many instances.

- id: hashable
  kind: choose-many
  question: Which can be hashed?
  options:
    - text: "`(1, 2)`"
      right: true
      because: A tuple of numbers does not change.
    - text: "`[1, 2]`"
      because: A list changes.
    - text: "`frozenset()`"
      right: true
      because: It is the set that does not change.

- id: lookup
  kind: order
  question: In which order does Python look?
  items: [data descriptor, instance dictionary, class attribute, "`__getattr__`"]
  because: "`object.__getattribute__` asks in this order."
"""

TERMS = """\
number: Something that *counts*.
metaclass: The class of a class.
"""


def lay_out(folder, **changes):
    """Write the book's sources; `changes` replace a part named in capitals above."""
    parts = {"quiz": QUIZ, "terms": TERMS, "exercise": EXERCISE, "chapter": CHAPTER, **changes}
    files = {
        "conf.py": CONF,
        "index.md": INDEX,
        "chapters/glossary.md": "# Glossary\n\n```{course-glossary}\n```\n",
        "chapters/advanced/plain.md": f"{FRONT}# Plain\n\n```{{code-cell}}\n1 + 1\n```\n",
        "chapters/advanced/numbers.md": FRONT + parts["chapter"],
        "chapters/advanced/numbers/quiz.yml": parts["quiz"],
        "chapters/advanced/numbers/terms.yml": parts["terms"],
        "chapters/advanced/numbers/exercises/double.py": parts["exercise"],
    }
    for name, text in files.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "source"


def build(folder, builder="html", *options):
    """Build the book; returns the folder of the output and what Sphinx said on stderr."""
    out = folder / "out" / builder
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, "-d", str(folder / "doctrees")]
    command += [*options, str(folder / "source"), str(out)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return out, done.stderr
