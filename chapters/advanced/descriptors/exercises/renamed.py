# %% [check]
"""An old attribute name that passes everything on to the new one, with a warning."""

import warnings
from collections.abc import Callable
from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    renamed: Any = work.get("Renamed", type)
    account_class: Any = type("Account", (), {"mail": renamed("email")})
    account = account_class()
    account.email = "ada@example.org"

    def read() -> None:
        got = account.mail
        if isinstance(got, renamed):
            work.fail("`account.mail` gave the `Renamed` object itself; nothing was passed on.")
        work.equal(got, "ada@example.org", "account.mail")

    def assign() -> None:
        account.mail = "ada@lovelace.org"
        work.require(
            account.email == "ada@lovelace.org",
            f"after `account.mail = 'ada@lovelace.org'`, `account.email` is still "
            f"`{account.email}`: the new value went somewhere else.",
        )

    def delete() -> None:
        try:
            del account.mail
        except AttributeError as error:
            work.fail(f"`del account.mail` raised `AttributeError: {error}`.")
        work.require(
            not hasattr(account, "email"),
            "`del account.mail` left `account.email` in place.",
        )

    _warns_once(work, read, "account.mail")
    _warns_once(work, assign, "account.mail = …")
    _warns_once(work, delete, "del account.mail")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            on_class = account_class.mail
        except Exception as error:
            work.fail(f"`Account.mail` on the class raised `{type(error).__name__}: {error}`.")
    work.require(
        isinstance(on_class, renamed),
        f"`Account.mail` on the class gave `{on_class!r}`; it should give the descriptor.",
    )
    work.require(not caught, "reading `Account.mail` on the class warned; tools do that to look.")
    return "Old code works, and each use says where it stands."


def _warns_once(work: Work, action: Callable[[], None], doing: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    kinds = [warning.category.__name__ for warning in caught]
    work.require(
        kinds == ["DeprecationWarning"],
        f"`{doing}` gave these warnings: {kinds}; it should give one `DeprecationWarning`.",
    )
    work.require(
        caught[0].filename == action.__code__.co_filename,
        f"the warning for `{doing}` points at a line of your descriptor. The reader needs the "
        "line that used the old name.",
    )


# %% [hint]
# Three operations, three methods. With `__get__` alone an assignment lands in the instance's
# `__dict__`, and account and e-mail go separate ways.

# %% [hint]
# `getattr(instance, self.new_name)`, `setattr(…)` and `delattr(…)` pass the operation on. There is
# no recursion here, because the new name is another name.

# %% [hint]
# `warnings.warn(words, DeprecationWarning, stacklevel=2)` points at the caller of the function that
# warns. If a helper of yours warns, that caller is your own `__get__`: count one more.

# %% [solution]
import warnings
from typing import Any


class Renamed:
    """Passes an old attribute name on to the new one, with a `DeprecationWarning`."""

    def __init__(self, new_name: str) -> None:
        self.new_name = new_name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        return getattr(instance, self.new_name)

    def __set__(self, instance: Any, value: object) -> None:
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        setattr(instance, self.new_name, value)

    def __delete__(self, instance: Any) -> None:
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        delattr(instance, self.new_name)


class Account:
    mail = Renamed("email")

    def __init__(self, email: str) -> None:
        self.email = email


# %% [mistake] reads-only
# says: the new value went somewhere else
import warnings


class Renamed:
    def __init__(self, new_name):
        self.new_name = new_name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        return getattr(instance, self.new_name)


# %% [mistake] points-at-itself
# says: points at a line of your descriptor
import warnings


class Renamed:
    def __init__(self, new_name):
        self.new_name = new_name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        self._warn()
        return getattr(instance, self.new_name)

    def __set__(self, instance, value):
        self._warn()
        setattr(instance, self.new_name, value)

    def __delete__(self, instance):
        self._warn()
        delattr(instance, self.new_name)

    def _warn(self):
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)


# %% [mistake] warns-on-the-class
# says: reading `Account.mail` on the class warned
import warnings


class Renamed:
    def __init__(self, new_name):
        self.new_name = new_name

    def __get__(self, instance, owner=None):
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        return self if instance is None else getattr(instance, self.new_name)

    def __set__(self, instance, value):
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        setattr(instance, self.new_name, value)

    def __delete__(self, instance):
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        delattr(instance, self.new_name)


# %% [mistake] silent
# says: `account.mail` gave these warnings: []
class Renamed:
    def __init__(self, new_name):
        self.new_name = new_name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.new_name)

    def __set__(self, instance, value):
        setattr(instance, self.new_name, value)

    def __delete__(self, instance):
        delattr(instance, self.new_name)


# %% [mistake] cannot-delete
# says: `del account.mail` raised `AttributeError
import warnings


class Renamed:
    def __init__(self, new_name):
        self.new_name = new_name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        return getattr(instance, self.new_name)

    def __set__(self, instance, value):
        warnings.warn(f"use {self.new_name}", DeprecationWarning, stacklevel=2)
        setattr(instance, self.new_name, value)
