# %% [check]
"""A login whose words and cost tell nothing about names."""

from typing import Any

from seethrough.exercises import NotYet, Work


class CountingHasher:
    """Stands for argon2, and writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def hash(self, password: str) -> str:
        self.asked.append("hash")
        return f"hash of {password}"

    def verify(self, password: str, hash: str) -> bool:
        self.asked.append("verify")
        if not hash.startswith("hash of "):
            raise InvalidHash
        return hash == f"hash of {password}"


class InvalidHash(Exception):  # noqa: N818 - argon2's own name for it
    """What argon2 raises for text that is no hash; it returns at once then."""


USERS = {
    "ada": (1, "hash of right", True),
    "eve": (2, "hash of right", False),
}


def check(work: Work) -> str:
    hasher = CountingHasher()
    login = work.get("Login", type)(dict(USERS), hasher)
    refused: type[Exception] = work.get("LoginError", type)
    hasher.asked.clear()  # what is prepared once, at the start, costs no login anything
    try:
        user_id = login.log_in("ada", "right")
    except refused:
        work.fail("Ada came with the right password, and was refused.")
    work.equal(user_id, 1, 'log_in("ada", "right")')
    work.equal(hasher.asked, ["verify"], 'the hashing in log_in("ada", "right")')
    words: dict[str, str] = {}
    for what, name, password in (
        ("a wrong password", "ada", "wrong"),
        ("a name that nobody has", "bob", "wrong"),
        ("a locked account and its right password", "eve", "right"),
        ("a locked account and a wrong password", "eve", "wrong"),
    ):
        words[what] = attempt(work, login, refused, hasher, what, name, password)
    no_way_in(work, login, refused)
    for what, said in words.items():
        first = words["a wrong password"]
        work.require(
            said == first, f"a wrong password says {first!r}, but {what} says {said!r}: that tells."
        )
    return "One verify each, the same words, and nobody gets in as nobody."


def attempt(
    work: Work,
    login: Any,
    refused: type[Exception],
    hasher: CountingHasher,
    what: str,
    name: str,
    password: str,
) -> str:
    hasher.asked.clear()
    try:
        user_id = login.log_in(name, password)
    except refused as error:
        said = str(error)
    except InvalidHash:
        work.fail(
            f"for {what}, `verify` got text that is no hash. argon2 raises "
            f"`InvalidHashError` for it "
            "at once: no time passes, and the answer is a 500."
        )
    except NotYet:
        raise
    except Exception as error:
        work.fail(f"{what} raised `{type(error).__name__}`; it should raise `LoginError`.")
    else:
        work.fail(f"{what} was let in, as user {user_id}.")
    if hasher.asked != ["verify"]:
        count = " and ".join(hasher.asked) or "nothing"
        work.fail(
            f"a wrong password costs one verify, but {what} cost {count}: the clock tells "
            f"them apart."
        )
    return said


def no_way_in(work: Work, login: Any, refused: type[Exception]) -> None:
    """Try the passwords that learners hash for nobody."""
    for password in ("", "nobody", "dummy", "secret", "password", "x", "fake", "*", "unknown"):
        try:
            user_id = login.log_in("bob", password)
        except refused:
            continue
        work.fail(f"Bob does not exist, and got in with {password!r}, as user {user_id!r}.")


# %% [hint]
# Three ways to fail need the same words and one `verify` each. What can be compared when there is no
# stored hash?

# %% [hint]
# Make one hash in `__init__`, of a random password: `self.nobody = hasher.hash(token_urlsafe())`. In
# `log_in`, look up `self.users.get(name)`, and take that hash where there is no user.

# %% [hint]
# Always verify first, then decide with everything at once:
# `if user is None or not active or not right: raise LoginError("…")`.

# %% [solution]
from secrets import token_urlsafe
from typing import Protocol


class Hasher(Protocol):
    """What argon2 offers."""

    def hash(self, password: str) -> str: ...
    def verify(self, password: str, hash: str) -> bool: ...


class LoginError(Exception):
    """Whoever asks is not let in, and not told why."""


class Login:
    """Lets users in."""

    def __init__(self, users: dict[str, tuple[int, str, bool]], hasher: Hasher) -> None:
        self.users = users
        self.hasher = hasher
        self.nobody = hasher.hash(token_urlsafe())

    def log_in(self, name: str, password: str) -> int:
        """Return the user's id.

        Raises:
            LoginError: in every other case.
        """
        user_id, stored, active = self.users.get(name, (0, self.nobody, False))
        right = self.hasher.verify(password, stored)
        if not right or not active:
            raise LoginError("The name or the password is wrong.")
        return user_id


# %% [mistake] early-return
# says: but a name that nobody has cost nothing
class LoginError(Exception): ...


class Login:
    def __init__(self, users, hasher):
        self.users = users
        self.hasher = hasher

    def log_in(self, name, password):
        user = self.users.get(name)
        if user is None or not self.hasher.verify(password, user[1]) or not user[2]:
            raise LoginError("wrong name or password")
        return user[0]


# %% [mistake] hashes-each-time
# says: but a name that nobody has cost hash and verify
class LoginError(Exception): ...


class Login:
    def __init__(self, users, hasher):
        self.users = users
        self.hasher = hasher

    def log_in(self, name, password):
        user = self.users.get(name)
        stored = user[1] if user else self.hasher.hash("something else")
        right = self.hasher.verify(password, stored)
        if user is None or not right or not user[2]:
            raise LoginError("wrong name or password")
        return user[0]


# %% [mistake] no-hash
# says: `verify` got text that is no hash
class LoginError(Exception): ...


class Login:
    def __init__(self, users, hasher):
        self.users = users
        self.hasher = hasher

    def log_in(self, name, password):
        user_id, stored, active = self.users.get(name, (0, "", False))
        right = self.hasher.verify(password, stored)
        if not right or not active:
            raise LoginError("wrong name or password")
        return user_id


# %% [mistake] locked-says-so
# says: a locked account and its right password says 'this account is locked'
class LoginError(Exception): ...


class Login:
    def __init__(self, users, hasher):
        self.users = users
        self.hasher = hasher
        self.nobody = hasher.hash("kQ2x-not-a-word")

    def log_in(self, name, password):
        user_id, stored, active = self.users.get(name, (0, self.nobody, True))
        if not self.hasher.verify(password, stored) or user_id == 0:
            raise LoginError("wrong name or password")
        if not active:
            raise LoginError("this account is locked")
        return user_id


# %% [mistake] dummy-opens
# says: Bob does not exist, and got in with 'dummy'
class LoginError(Exception): ...


class Login:
    def __init__(self, users, hasher):
        self.users = users
        self.hasher = hasher
        self.nobody = hasher.hash("dummy")

    def log_in(self, name, password):
        user_id, stored, active = self.users.get(name, (0, self.nobody, True))
        if not self.hasher.verify(password, stored) or not active:
            raise LoginError("wrong name or password")
        return user_id
