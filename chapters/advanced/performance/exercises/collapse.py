# %% [check]
"""Turn a sampler's stacks into the text that flame graphs are drawn from."""

from collections.abc import Callable

from seethrough.exercises import Work


def check(work: Work) -> str:
    """Compare the text, and name the usual mix-ups."""
    collapse: Callable[[list[list[str]]], str] = work.get("collapse")
    samples = [
        ["mask", "records", "run"],
        ["plan_of", "tally", "run"],
        ["mask", "records", "run"],
        ["tally", "run"],
        ["plan_of", "tally", "run"],
        ["mask", "records", "run"],
    ]
    given = [list(stack) for stack in samples]
    got = collapse(given)
    work.require(got is not None, "`collapse` gave `None`; it should return the text.")
    work.require(
        isinstance(got, str), f"`collapse` gave a `{type(got).__name__}`; it should give text."
    )
    work.require(given == samples, "`collapse` changed the samples that it was given.")
    rows = got.split("\n")
    work.require(got, "`collapse` gave an empty text for six samples.")
    work.require(
        not any(row.startswith(("mask;", "plan_of;")) for row in rows),
        f"your first line is `{rows[0]}`: the innermost call comes first. A flame graph needs the "
        "outermost first.",
    )
    work.require(
        len(rows) >= 3,
        f"your text has {len(rows)} lines; there are three different stacks, and `tally` under "
        "`run` is one without `plan_of`.",
    )
    work.require(len(rows) < 6, "you wrote a line a sample; equal stacks belong on one line.")
    work.require(rows[-1], "your text ends in an empty line.")
    wanted = "run;records;mask 3\nrun;tally;plan_of 2\nrun;tally 1"
    work.equal(got, wanted, "collapse(samples)")
    ties = collapse([["b", "run"], ["a", "run"]])
    work.equal(ties, "run;a 1\nrun;b 1", "collapse([['b', 'run'], ['a', 'run']])")
    work.equal(collapse([]), "", "collapse([])")
    return "Outermost first, equal stacks on one line, most frequent on top."


# %% [hint]
# Count first. What can be the key of a `Counter`: a list?

# %% [hint]
# Reverse each stack and join it with `;`. The text is a fine key.

# %% [hint]
# Sort the pairs by `(-count, stack)`, write `f"{stack} {count}"` and join with newlines.

# %% [solution]
from collections import Counter


def collapse(samples: list[list[str]]) -> str:
    """Return collapsed stacks, outermost call first, most frequent stack first."""
    counts = Counter(";".join(reversed(stack)) for stack in samples)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return "\n".join(f"{stack} {count}" for stack, count in rows)


# %% [mistake] innermost-first
# says: the innermost call comes first
from collections import Counter


def collapse(samples):
    counts = Counter(";".join(stack) for stack in samples)
    return "\n".join(f"{stack} {count}" for stack, count in counts.most_common())


# %% [mistake] reverses-in-place
# says: changed the samples
from collections import Counter


def collapse(samples):
    counts = Counter()
    for stack in samples:
        stack.reverse()
        counts[";".join(stack)] += 1
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return "\n".join(f"{stack} {count}" for stack, count in rows)


# %% [mistake] list-as-key
# says: raised `TypeError
from collections import Counter


def collapse(samples):
    counts = Counter(samples)
    return "\n".join(f"{';'.join(stack)} {count}" for stack, count in counts.items())


# %% [mistake] line-a-sample
# says: a line a sample
def collapse(samples):
    return "\n".join(";".join(reversed(stack)) + " 1" for stack in samples)


# %% [mistake] ties
# says: collapse([['b', 'run'], ['a', 'run']])
from collections import Counter


def collapse(samples):
    counts = Counter(";".join(reversed(stack)) for stack in samples)
    return "\n".join(f"{stack} {count}" for stack, count in counts.most_common())
