# %% [check]
"""The smallest chunk for which the trip is a small enough part."""

from fractions import Fraction

from seethrough.exercises import Work

CASES = [
    (200, 5, 10),
    (200, 5, 50),
    (100, 1, 1),
    (99, 10, 5),
    (3, 50, 10),
    (0, 5, 10),
    (200, 7, 20),
]


def check(work: Work) -> str:
    chunk_size = work.get("chunk_size")
    for trip, item, percent in CASES:
        call = f"chunk_size({trip}, {item}, {percent})"
        size = chunk_size(trip, item, percent)
        work.require(
            isinstance(size, int),
            f"`{call}` gave `{size!r}`, a {type(size).__name__}: "
            "a chunk has a whole number of items.",
        )
        work.require(size >= 1, f"`{call}` gave `{size}`: a task needs at least one item.")
        part = share(trip, item, size)
        work.require(
            part <= Fraction(percent, 100),
            f"`{call}` gave `{size}`, for which the trip is {float(100 * part):.4g} % of the time.",
        )
        fewer = share(trip, item, size - 1)
        work.require(
            size == 1 or fewer > Fraction(percent, 100),
            f"`{call}` gave `{size}`, but {size - 1} items would do: then the trip is "
            f"{float(100 * fewer):.4g} % of the time.",
        )
    return "The smallest chunk, to the item."


def share(trip: int, item: int, size: int) -> Fraction:
    whole = trip + size * item
    return Fraction(trip, whole) if whole else Fraction(1)


# %% [hint]
# Write down the condition first: trip ÷ whole time ≤ percent ÷ 100, and what the whole time is for
# `n` items.

# %% [hint]
# Solve it for `n`: `n ≥ trip · (100 − percent) / (item · percent)`. The next whole number, and at
# least one item.

# %% [hint]
# `math.ceil(a / b)` goes wrong when the division is inexact. For whole numbers, `-(-a // b)` rounds
# up exactly.


# %% [solution]
def chunk_size(trip: int, item: int, percent: int) -> int:
    """Return the smallest number of items for which the trip is at most `percent` per cent."""
    return max(1, -(-trip * (100 - percent) // (item * percent)))


# %% [mistake] rounded-down
# says: of the time
def chunk_size(trip, item, percent):
    return max(1, trip * (100 - percent) // (item * percent))


# %% [mistake] share-of-the-computing
# says: items would do
def chunk_size(trip, item, percent):
    return max(1, -(-trip * 100 // (item * percent)))


# %% [mistake] one-too-many
# says: items would do
def chunk_size(trip, item, percent):
    return trip * (100 - percent) // (item * percent) + 1


# %% [mistake] no-item
# says: a task needs at least one item
def chunk_size(trip, item, percent):
    return -(-trip * (100 - percent) // (item * percent))


# %% [mistake] not-whole
# says: a chunk has a whole number of items
def chunk_size(trip, item, percent):
    return max(1.0, trip * (100 - percent) / (item * percent))
