# %% [check]
"""Refresh tokens that rotate, and end a session when one is used twice."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    sessions = work.get("Sessions", type)()
    invalid: type[Exception] = work.get("InvalidToken", type)
    first = sessions.start("ada")
    chain = [first]
    for _ in range(3):
        chain.append(expect_token(work, sessions, invalid, chain[-1]))
    work.require(len(set(chain)) == 4, "`refresh` handed out the same token again.")
    work.equal(sessions.user_of(chain[-1]), "ada", "sessions.user_of(newest)")
    work.equal(works(work, sessions, invalid, "nonsense"), False, "does an unknown token work?")
    nothing_kept(work, sessions, chain)
    phone = sessions.start("ada")
    bob = sessions.start("bob")
    reuse(work, sessions, invalid, chain)
    work.require(
        works(work, sessions, invalid, phone),
        "a token of Ada's laptop was used twice, and her *phone* was logged out, too: only the one "
        "session had to end.",
    )
    work.require(
        works(work, sessions, invalid, bob), "Ada's session ended, and Bob was logged out with her."
    )
    return "Each is good once, the thief ends the session, and only that one."


def expect_token(work: Work, sessions: Any, invalid: type[Exception], token: str) -> str:
    try:
        new = sessions.refresh(token)
    except invalid:
        work.fail("a fresh token was refused.")
    work.require(isinstance(new, str), f"`refresh` gave `{new!r}`; it should give the next token.")
    return new


def works(work: Work, sessions: Any, invalid: type[Exception], token: str) -> bool:
    try:
        sessions.refresh(token)
    except invalid:
        return False
    except Exception as error:
        work.fail(f"`refresh` raised `{type(error).__name__}`; it should raise `InvalidToken`.")
    return True


def reuse(work: Work, sessions: Any, invalid: type[Exception], chain: list[str]) -> None:
    newest = chain[-1]
    work.require(
        not works(work, sessions, invalid, chain[0]), "the first token worked a second time."
    )
    work.require(
        not works(work, sessions, invalid, newest),
        "a used token was shown again, so somebody has a copy; but the newest token of that "
        "session "
        "still works, and nobody knows in whose hands it is.",
    )
    try:
        user = sessions.user_of(newest)
    except invalid:
        return
    work.fail(f"the session has ended, and `user_of` still says `{user!r}` for its last token.")


def nothing_kept(work: Work, sessions: Any, chain: list[str]) -> None:
    kept = repr(vars(sessions))
    for token in chain:
        work.require(
            token not in kept,
            "the object holds a token in clear: who gets a copy of the table is logged in as "
            "everybody.",
        )


# %% [hint]
# Keep for each token, under its SHA-256: whose session it belongs to, and whether it was used. A session
# needs a name of its own, which all of its tokens share.

# %% [hint]
# A used token must stay known, or you cannot tell it from nonsense: mark it, do not delete it. When it
# comes back, put its session into a set of ended ones.

# %% [hint]
# Three tables: `used: set[hash]`, `session_of: dict[hash, session]`, `users: dict[session, user]`. To end a
# session, delete it from `users`; a token is good if it is known, unused and its session is there.

# %% [solution]
from hashlib import sha256
from secrets import token_urlsafe


class InvalidToken(Exception):  # noqa: N818
    """Not good, or not any more."""


class Sessions:
    """Refresh tokens, each good once."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.session_of: dict[str, str] = {}
        self.used: set[str] = set()

    def start(self, user: str) -> str:
        """Begin a session."""
        session = token_urlsafe(8)
        self.users[session] = user
        return self._issue(session)

    def refresh(self, token: str) -> str:
        """Return the successor of a token."""
        hashed = _hash(token)
        if hashed in self.used:
            self.users.pop(self.session_of[hashed], None)
        session = self._session(hashed)
        self.used.add(hashed)
        return self._issue(session)

    def user_of(self, token: str) -> str:
        """Return whose token it is."""
        return self.users[self._session(_hash(token))]

    def _session(self, hashed: str) -> str:
        session = self.session_of.get(hashed)
        if session is None or hashed in self.used or session not in self.users:
            raise InvalidToken
        return session

    def _issue(self, session: str) -> str:
        token = token_urlsafe(32)
        self.session_of[_hash(token)] = session
        return token


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


# %% [mistake] deletes
# says: but the newest token of that session still works
from hashlib import sha256
from secrets import token_urlsafe


class InvalidToken(Exception): ...


class Sessions:
    def __init__(self):
        self.tokens = {}

    def start(self, user):
        token = token_urlsafe(32)
        self.tokens[sha256(token.encode()).hexdigest()] = user
        return token

    def refresh(self, token):
        user = self.tokens.pop(sha256(token.encode()).hexdigest(), None)
        if user is None:
            raise InvalidToken
        return self.start(user)

    def user_of(self, token):
        return self.tokens[sha256(token.encode()).hexdigest()]


# %% [mistake] in-clear
# says: holds a token in clear
from secrets import token_urlsafe


class InvalidToken(Exception): ...


class Sessions:
    def __init__(self):
        self.users = {}
        self.session_of = {}
        self.used = set()

    def start(self, user, session=None):
        session = session or token_urlsafe(8)
        self.users[session] = user
        token = token_urlsafe(32)
        self.session_of[token] = session
        return token

    def refresh(self, token):
        session = self.session_of.get(token)
        if token in self.used:
            self.users.pop(session, None)
        if session not in self.users:
            raise InvalidToken
        self.used.add(token)
        return self.start(self.users[session], session)

    def user_of(self, token):
        session = self.session_of.get(token)
        if session not in self.users:
            raise InvalidToken
        return self.users[session]


# %% [mistake] all-devices
# says: and her *phone* was logged out, too
from hashlib import sha256
from secrets import token_urlsafe


class InvalidToken(Exception): ...


class Sessions:
    def __init__(self):
        self.user_by_hash = {}
        self.used = set()

    def start(self, user):
        token = token_urlsafe(32)
        self.user_by_hash[sha256(token.encode()).hexdigest()] = user
        return token

    def refresh(self, token):
        hashed = sha256(token.encode()).hexdigest()
        user = self.user_by_hash.get(hashed)
        if hashed in self.used:
            self.user_by_hash = {h: u for h, u in self.user_by_hash.items() if u != user}
        if hashed not in self.user_by_hash:
            raise InvalidToken
        self.used.add(hashed)
        return self.start(user)

    def user_of(self, token):
        hashed = sha256(token.encode()).hexdigest()
        if hashed not in self.user_by_hash:
            raise InvalidToken
        return self.user_by_hash[hashed]


# %% [mistake] same-token
# says: handed out the same token again
class InvalidToken(Exception): ...


class Sessions:
    def __init__(self):
        self.users = {}

    def start(self, user):
        token = f"token-of-{user}"
        self.users[token] = user
        return token

    def refresh(self, token):
        if token not in self.users:
            raise InvalidToken
        return token

    def user_of(self, token):
        return self.users[token]
