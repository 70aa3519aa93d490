# %% [check]
"""The server's side of PKCE."""

from typing import Any

from seethrough.exercises import Work

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OTHER = "x" * 43


def check(work: Work) -> str:
    codes = work.get("Codes", type)()
    code = codes.issue("ada", CHALLENGE, 1000.0)
    accepts(work, codes, code)
    refused(work, codes, code, VERIFIER, 1003.0, "the code was used already, and")
    code = codes.issue("ada", CHALLENGE, 1000.0)
    refused(work, codes, code, OTHER, 1001.0, "the verifier was another one, and")
    refused(
        work, codes, code, VERIFIER, 1002.0, "somebody had tried this code with a wrong "
        "verifier, and"
    )
    code = codes.issue("ada", CHALLENGE, 1000.0)
    refused(
        work, codes, code, CHALLENGE, 1001.0, "the *challenge* was shown, which travelled "
        "openly, and"
    )
    code = codes.issue("ada", CHALLENGE, 1000.0)
    refused(work, codes, code, VERIFIER, 1061.0, "the code was 61 seconds old, and")
    refused(work, codes, "unknown", VERIFIER, 1000.0, "nobody had issued that code, and")
    return "Once, in time, and only for the one who knew the verifier."


def accepts(work: Work, codes: Any, code: str) -> None:
    try:
        user = codes.redeem(code, VERIFIER, 1002.0)
    except ValueError as error:
        work.fail(
            f"the code and verifier of RFC 7636, appendix B were refused: `{error}`. The "
            f"challenge is "
            "base64url, without `=`, of the SHA-256 of the verifier."
        )
    work.equal(user, "ada", "codes.redeem(code, verifier, now)")


def refused(work: Work, codes: Any, code: str, verifier: str, now: float, what: str) -> None:
    try:
        user = codes.redeem(code, verifier, now)
    except ValueError:
        return
    except Exception as error:
        work.fail(f"{what} `redeem` raised `{type(error).__name__}`; it should be a `ValueError`.")
    work.fail(f"{what} it still gave `{user!r}`.")


# %% [hint]
# S256: `base64url(sha256(verifier))`, the 32 raw bytes of the digest and not its hex digits.

# %% [hint]
# Take the code out of the dictionary first, whatever comes next: `self.waiting.pop(code, None)`. So it
# is burnt by a wrong verifier as well.

# %% [hint]
# Then compare: `urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()` with the challenge,
# and `now - issued_at` with 60.

# %% [solution]
import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    """Authorization codes that wait to be exchanged."""

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[str, str, float]] = {}

    def issue(self, user: str, challenge: str, now: float) -> str:
        """Remember a challenge, and return the code for it."""
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code: str, verifier: str, now: float) -> str:
        """Return the user.

        Raises:
            ValueError: unknown, used, too old, or the wrong verifier.
        """
        user, challenge, issued_at = self.waiting.pop(code, ("", "", 0.0))
        digest = sha256(verifier.encode()).digest()
        shown = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(shown, challenge) or now - issued_at > 60:
            raise ValueError("this code is not valid")
        return user


# %% [mistake] hex
# says: were refused
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    def __init__(self):
        self.waiting = {}

    def issue(self, user, challenge, now):
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code, verifier, now):
        user, challenge, issued_at = self.waiting.pop(code, ("", "", 0))
        digest = sha256(verifier.encode()).hexdigest()
        if urlsafe_b64encode(digest.encode()).decode().rstrip("=") != challenge:
            raise ValueError("wrong verifier")
        return user


# %% [mistake] not-burnt
# says: somebody had tried this code with a wrong verifier, and it still gave
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    def __init__(self):
        self.waiting = {}

    def issue(self, user, challenge, now):
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code, verifier, now):
        if code not in self.waiting:
            raise ValueError("unknown code")
        user, challenge, issued_at = self.waiting[code]
        shown = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if shown != challenge or now - issued_at > 60:
            raise ValueError("wrong verifier")
        del self.waiting[code]
        return user


# %% [mistake] twice
# says: the code was used already, and it still gave
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    def __init__(self):
        self.waiting = {}

    def issue(self, user, challenge, now):
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code, verifier, now):
        user, challenge, issued_at = self.waiting.get(code, ("", "", 0))
        shown = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if shown != challenge or now - issued_at > 60:
            raise ValueError("wrong verifier")
        return user


# %% [mistake] plain-too
# says: the *challenge* was shown, which travelled openly, and it still gave
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    def __init__(self):
        self.waiting = {}

    def issue(self, user, challenge, now):
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code, verifier, now):
        user, challenge, issued_at = self.waiting.pop(code, ("", "", 0))
        shown = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge not in (shown, verifier) or now - issued_at > 60:
            raise ValueError("wrong verifier")
        return user


# %% [mistake] no-time
# says: the code was 61 seconds old, and it still gave
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe


class Codes:
    def __init__(self):
        self.waiting = {}

    def issue(self, user, challenge, now):
        code = token_urlsafe(16)
        self.waiting[code] = (user, challenge, now)
        return code

    def redeem(self, code, verifier, now):
        user, challenge, issued_at = self.waiting.pop(code, ("", "", 0))
        shown = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if shown != challenge:
            raise ValueError("wrong verifier")
        return user
