# %% [check]
"""A view on part of a list: length, indices, slices, iteration, no copy."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    window: Any = work.get("Window", type)
    data = [0, 10, 20, 30, 40, 50]
    view = window(data, 1, 5)
    for method, syntax in (("__len__", "len(view)"), ("__getitem__", "view[0]")):
        work.require(
            hasattr(window, method),
            f"`{syntax}` raises `TypeError`: `Window` has no `{method}`.",
        )
    work.equal(len(view), 4, "len(Window([0, 10, 20, 30, 40, 50], 1, 5))")
    work.equal((view[0], view[3]), (10, 40), "view[0], view[3]")
    work.equal(view[-1], 40, "view[-1]")
    for at in (4, -5):
        try:
            beyond = view[at]
        except IndexError:
            continue
        work.fail(
            f"`view[{at}]` gave `{beyond}`, which lies outside the window; it should raise "
            "`IndexError`."
        )
    work.equal(list(view), [10, 20, 30, 40], "list(view)")
    pairs = [(left, right) for left in view for right in view]
    work.equal(len(pairs), 16, "len([(x, y) for x in view for y in view])")
    part = view[1:3]
    work.require(
        isinstance(part, window), f"`view[1:3]` gave a `{type(part).__name__}`, no `Window`."
    )
    work.equal(list(part), [20, 30], "list(view[1:3])")
    work.equal(list(view[-2:]), [30, 40], "list(view[-2:])")
    work.equal(list(view[2:99]), [30, 40], "list(view[2:99])")
    data[2] = 99
    work.require(
        view[1] == 99 and part[0] == 99,
        f"after `data[2] = 99` the window still shows `{view[1]}` and its slice `{part[0]}`: "
        "something was copied.",
    )
    work.equal(99 in view, True, "99 in view")
    return "It reads like a list, and there is one list."


# %% [hint]
# Two methods suffice: `__len__` and `__getitem__`. Iteration and `in` fall back to `__getitem__`
# with 0, 1, 2 … as long as it raises `IndexError` at the end.

# %% [hint]
# `view[1:3]` passes a `slice`. `range(len(self))[where]` handles both kinds, negative indices and
# the ends: an `int` gives a position, a `slice` gives a range.

# %% [hint]
# For a slice, return `Window(self.data, self.start + part.start, self.start + part.stop)`, where
# `part = range(len(self))[where]`.


# %% [solution]
class Window:
    """Shows `data[start:stop]` without a copy."""

    def __init__(self, data: list[int], start: int, stop: int) -> None:
        self.data, self.start, self.stop = data, start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, where: int | slice) -> "int | Window":
        if isinstance(where, slice):
            part = range(len(self))[where]
            return Window(self.data, self.start + part.start, self.start + part.stop)
        return self.data[self.start + range(len(self))[where]]


# %% [mistake] looks-past-the-end
# says: `view[4]` gave `50`, which lies outside the window
class Window:
    def __init__(self, data, start, stop):
        self.data, self.start, self.stop = data, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, where):
        if where < 0:
            where += len(self)
        return self.data[self.start + where]


# %% [mistake] negative-from-the-list
# says: `view[-1]` gave `0`
class Window:
    def __init__(self, data, start, stop):
        self.data, self.start, self.stop = data, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, where):
        if where >= len(self):
            raise IndexError(where)
        return self.data[self.start + where]


# %% [mistake] copies
# says: something was copied
class Window:
    def __init__(self, data, start, stop):
        self.part = data[start:stop]

    def __len__(self):
        return len(self.part)

    def __getitem__(self, where):
        if isinstance(where, slice):
            return Window(self.part[where], 0, len(self.part[where]))
        return self.part[where]


# %% [mistake] its-own-iterator
# says: `len([(x, y) for x in view for y in view])` gave `4`
class Window:
    def __init__(self, data, start, stop):
        self.data, self.start, self.stop = data, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, where):
        return self.data[self.start + range(len(self))[where]]

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at == len(self):
            raise StopIteration
        self.at += 1
        return self[self.at - 1]


# %% [mistake] slices-are-lists
# says: `view[1:3]` gave a `list`, no `Window`
class Window:
    def __init__(self, data, start, stop):
        self.data, self.start, self.stop = data, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, where):
        if isinstance(where, slice):
            return [self[at] for at in range(len(self))[where]]
        return self.data[self.start + range(len(self))[where]]
