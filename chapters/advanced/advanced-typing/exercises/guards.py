# %% [check]
"""Three guards, each with the result type that is true."""

from typing import Any

from seethrough.exercises import Work
from seethrough.typecheck import surprise

PROBE = """
def title(item: Task | str) -> str:
    if is_task(item): return item.title
    text = item
    return text
def open_title(item: Task | str) -> str:
    if is_open(item): return item.title
    task_or_text = item
    return task_or_text  # refused
def titles(items: list[Task | str]) -> list[str]:
    if are_tasks(items): return [task.title for task in items]
    first = items[0]
    return first.title  # refused
"""


def check(work: Work) -> str:
    task: Any = work.get("Task", type)
    is_task, is_open, are_tasks = (work.get(name) for name in ("is_task", "is_open", "are_tasks"))
    if words := surprise(work.source, PROBE):
        work.fail(words)
    open_task, done = task("pay rent"), task("sleep", done=True)
    table: list[tuple[str, Any, Any, bool]] = [
        ("is_task(<a task>)", is_task, open_task, True),
        ("is_task(<a done task>)", is_task, done, True),
        ("is_task('pay rent')", is_task, "pay rent", False),
        ("is_open(<an open task>)", is_open, open_task, True),
        ("is_open(<a done task>)", is_open, done, False),
        ("is_open('pay rent')", is_open, "pay rent", False),
        ("are_tasks([<two tasks>])", are_tasks, [open_task, done], True),
        ("are_tasks([<a task>, 'x'])", are_tasks, [open_task, "x"], False),
        ("are_tasks([])", are_tasks, [], True),
    ]
    for doing, guard, value, wanted in table:
        work.equal(guard(value), wanted, doing)
    return "One no proves something, two do not, and the signatures say so."


# %% [hint]
# For each function: when it says no, what can the value still be? If only a `str` is left, the no proves
# something.

# %% [hint]
# A done task gets a no from `is_open`, and is still a task. Which of the two spellings promises nothing for a
# no?

# %% [hint]
# `is_task` returns `TypeIs[Task]`, `is_open` returns `TypeGuard[Task]`. For `are_tasks` only one of the two is
# even allowed: `list[Task]` is no subtype of `list[Task | str]`.

# %% [solution]
from dataclasses import dataclass
from typing import TypeGuard, TypeIs


@dataclass
class Task:
    title: str
    done: bool = False


def is_task(item: Task | str) -> TypeIs[Task]:
    return isinstance(item, Task)


def is_open(item: Task | str) -> TypeGuard[Task]:
    return isinstance(item, Task) and not item.done


def are_tasks(items: list[Task | str]) -> TypeGuard[list[Task]]:
    return all(isinstance(item, Task) for item in items)


# %% [mistake] lying-no
# says: the checker accepts `return task_or_text`
from dataclasses import dataclass
from typing import TypeGuard, TypeIs


@dataclass
class Task:
    title: str
    done: bool = False


def is_task(item: Task | str) -> TypeIs[Task]:
    return isinstance(item, Task)


def is_open(item: Task | str) -> TypeIs[Task]:
    return isinstance(item, Task) and not item.done


def are_tasks(items: list[Task | str]) -> TypeGuard[list[Task]]:
    return all(isinstance(item, Task) for item in items)


# %% [mistake] modest
# says: the checker refuses `return text`
from dataclasses import dataclass
from typing import TypeGuard


@dataclass
class Task:
    title: str
    done: bool = False


def is_task(item: Task | str) -> TypeGuard[Task]:
    return isinstance(item, Task)


def is_open(item: Task | str) -> TypeGuard[Task]:
    return isinstance(item, Task) and not item.done


def are_tasks(items: list[Task | str]) -> TypeGuard[list[Task]]:
    return all(isinstance(item, Task) for item in items)


# %% [mistake] invariant-list
# says: the checker does not accept your line `def are_tasks
from dataclasses import dataclass
from typing import TypeGuard, TypeIs


@dataclass
class Task:
    title: str
    done: bool = False


def is_task(item: Task | str) -> TypeIs[Task]:
    return isinstance(item, Task)


def is_open(item: Task | str) -> TypeGuard[Task]:
    return isinstance(item, Task) and not item.done


def are_tasks(items: list[Task | str]) -> TypeIs[list[Task]]:
    return all(isinstance(item, Task) for item in items)


# %% [mistake] any-will-do
# says: are_tasks([<a task>, 'x'])
from dataclasses import dataclass
from typing import TypeGuard, TypeIs


@dataclass
class Task:
    title: str
    done: bool = False


def is_task(item: Task | str) -> TypeIs[Task]:
    return isinstance(item, Task)


def is_open(item: Task | str) -> TypeGuard[Task]:
    return isinstance(item, Task) and not item.done


def are_tasks(items: list[Task | str]) -> TypeGuard[list[Task]]:
    return any(isinstance(item, Task) for item in items)
