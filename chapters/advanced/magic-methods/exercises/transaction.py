# %% [check]
"""A context manager that keeps changes only if the block ends well."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    transaction: Any = work.get("Transaction", type)
    for method in ("__enter__", "__exit__"):
        work.require(
            hasattr(transaction, method),
            f"`with Transaction(accounts)` raises `TypeError`: `Transaction` has no `{method}`.",
        )
    accounts = {"ada": 50, "bob": 10}
    with transaction(accounts) as draft:
        work.require(
            isinstance(draft, dict),
            f"`as draft` got `{type(draft).__name__}`: what `__enter__` returns, not the manager, "
            "is bound there.",
        )
        draft["ada"] -= 20
        draft["eve"] = 20
        del draft["bob"]
        work.require(
            accounts == {"ada": 50, "bob": 10},
            "inside the block `accounts` already shows the changes of `draft`.",
        )
    work.equal(accounts, {"ada": 30, "eve": 20}, "accounts after a block that ended well")
    before = dict(accounts)
    seen = False
    try:
        with transaction(accounts) as draft:
            draft["ada"] = -1000
            message = "no cover"
            raise ValueError(message)
    except ValueError:
        seen = True
    work.require(
        seen, "the `ValueError` of the block was swallowed: `__exit__` returned something true."
    )
    work.equal(accounts, before, "accounts after a block that raised")
    again = transaction(accounts)
    with again as draft:
        draft["ada"] = 1
    accounts["ada"] = 5
    with again as draft:
        work.equal(draft["ada"], 5, "draft['ada'] when the same Transaction is entered again")
    return "The block's changes arrive together or not at all."


# %% [hint]
# `__enter__` makes a copy, keeps it and returns it. `__exit__` decides.

# %% [hint]
# `__exit__(self, kind, error, trace)` gets three times `None` when the block ended well.

# %% [hint]
# *In place* means that others who hold the same dictionary see it: `clear()`, then `update()`.
# `self.target = self.draft` would only change an attribute. Return nothing.


# %% [solution]
class Transaction:
    """Hands out a copy of a dictionary, and writes it back if the block ends well."""

    def __init__(self, target: dict[str, int]) -> None:
        self.target = target
        self.draft: dict[str, int] = {}

    def __enter__(self) -> dict[str, int]:
        self.draft = dict(self.target)
        return self.draft

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.target.clear()
            self.target.update(self.draft)


# %% [mistake] swallows
# says: the `ValueError` of the block was swallowed
class Transaction:
    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.draft = dict(self.target)
        return self.draft

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.target.clear()
            self.target.update(self.draft)
        return True


# %% [mistake] always-writes
# says: `accounts after a block that raised` gave
class Transaction:
    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.draft = dict(self.target)
        return self.draft

    def __exit__(self, *details):
        self.target.clear()
        self.target.update(self.draft)


# %% [mistake] returns-itself
# says: `as draft` got `Transaction`
class Transaction:
    def __init__(self, target):
        self.target = target
        self.draft = dict(target)

    def __enter__(self):
        return self

    def __exit__(self, *details):
        pass


# %% [mistake] same-dictionary
# says: inside the block `accounts` already shows the changes
class Transaction:
    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.before = dict(self.target)
        return self.target

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.target.clear()
            self.target.update(self.before)


# %% [mistake] update-alone
# says: `accounts after a block that ended well` gave
class Transaction:
    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.draft = dict(self.target)
        return self.draft

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.target.update(self.draft)


# %% [mistake] copies-when-made
# says: when the same Transaction is entered again
class Transaction:
    def __init__(self, target):
        self.target = target
        self.draft = dict(target)

    def __enter__(self):
        return self.draft

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.target.clear()
            self.target.update(self.draft)
