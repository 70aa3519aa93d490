# %% [check]
"""Verify an HS256 token with the standard library."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from seethrough.exercises import Work

KEY = b"the key of the exercise, 32 bytes"
NOW = 1_800_000_000
CLAIMS = {"sub": "7", "exp": NOW + 60}


def check(work: Work) -> str:
    read = work.get("read")
    good(work, read)
    for what, token in forgeries().items():
        refused(work, read, what, token)
    return "Ten forgeries refused, and the claims of the real ones come out."


def good(work: Work, read: Callable[..., Any]) -> None:
    for claims in (CLAIMS, CLAIMS | {"name": "Ada?>"}, CLAIMS | {"name": "Ada"}):
        try:
            found = read(token(claims), KEY, NOW)
        except Exception as error:
            work.fail(
                f"a good token with the claims `{claims}` was refused: "
                f"`{type(error).__name__}: {error}`."
            )
        work.equal(found, claims, "read(token, key, now)")


def forgeries() -> dict[str, str]:
    head, body, signature = token(CLAIMS).split(".")
    return {
        "with a payload that somebody changed": (
            f"{head}.{part({**CLAIMS, 'sub': '1'})}.{signature}"
        ),
        "signed with another key": token(CLAIMS, key=b"x" * 32),
        "without a signature, `alg` is `none`": f"{part({'alg': 'none'})}.{body}.",
        "whose header says `HS512`, signed so": token(CLAIMS, alg="HS512"),
        "whose header says `none`, over a good signature": token(CLAIMS, alg="none"),
        "that has expired": token({"sub": "7", "exp": NOW - 1}),
        "that expires right now": token({"sub": "7", "exp": NOW}),
        "without `exp`": token({"sub": "7"}),
        "that is `a.b.c`": "a.b.c",
        "that is no token at all": "nonsense",
    }


def refused(work: Work, read: Callable[..., Any], what: str, text: str) -> None:
    try:
        found = read(text, KEY, NOW)
    except ValueError:
        return
    except Exception as error:
        work.fail(
            f"a token {what} raised `{type(error).__name__}`; callers wait for "
            f"`ValueError`, and this "
            "would be a 500."
        )
    work.fail(f"a token {what} was accepted, with the claims `{found}`.")


def token(claims: dict[str, Any], key: bytes = KEY, alg: str = "HS256") -> str:
    signed = f"{part({'alg': alg})}.{part(claims)}"
    digest = "sha512" if alg == "HS512" else "sha256"
    return f"{signed}.{encoded(hmac.digest(key, signed.encode(), digest))}"


def part(content: dict[str, Any]) -> str:
    return encoded(json.dumps(content).encode())


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


# %% [hint]
# Check the signature before you believe a single byte of the rest. What is signed is everything before
# the last dot, as text.

# %% [hint]
# `signed, _, signature = token.rpartition(".")`, then compare
# `hmac.digest(key, signed.encode(), "sha256")` with the decoded signature by `hmac.compare_digest`.
# Base64 needs its padding back: `text + "=" * (-len(text) % 4)`.

# %% [hint]
# `binascii.Error`, `json.JSONDecodeError` and `UnicodeDecodeError` are all `ValueError`s. What is left: the
# header's `alg` has to be `HS256`, and `exp` has to be there and later than `now`.

# %% [solution]
import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any


def read(token: str, key: bytes, now: int) -> dict[str, Any]:
    """Return the claims of a good HS256 token.

    Raises:
        ValueError: it is not one.
    """
    signed, _, signature = token.rpartition(".")
    expected = hmac.digest(key, signed.encode(), "sha256")
    if not hmac.compare_digest(expected, decoded(signature)):
        raise ValueError("wrong signature")
    head, _, body = signed.partition(".")
    header: dict[str, Any] = json.loads(decoded(head))
    claims: dict[str, Any] = json.loads(decoded(body))
    if header.get("alg") != "HS256":
        raise ValueError("another algorithm")
    if claims.get("exp", 0) <= now:
        raise ValueError("expired")
    return claims


def decoded(text: str) -> bytes:
    """Decode base64url, whose padding was left out."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# %% [mistake] believes-the-header
# says: without a signature, `alg` is `none` was accepted
import hmac
import json
from base64 import urlsafe_b64decode


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token, key, now):
    head, body, signature = token.split(".")
    header, claims = json.loads(decoded(head)), json.loads(decoded(body))
    if header["alg"] == "HS256":
        expected = hmac.digest(key, f"{head}.{body}".encode(), "sha256")
        if expected != decoded(signature):
            raise ValueError("wrong signature")
    if claims.get("exp", 0) <= now:
        raise ValueError("expired")
    return claims


# %% [mistake] no-exp-is-for-ever
# says: without `exp` was accepted
import hmac
import json
from base64 import urlsafe_b64decode


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token, key, now):
    signed, _, signature = token.rpartition(".")
    expected = hmac.digest(key, signed.encode(), "sha256")
    if not hmac.compare_digest(expected, decoded(signature)):
        raise ValueError("wrong signature")
    head, body = (json.loads(decoded(part)) for part in signed.split("."))
    if head["alg"] != "HS256":
        raise ValueError("another algorithm")
    if "exp" in body and body["exp"] <= now:
        raise ValueError("expired")
    return body


# %% [mistake] padding
# says: a good token with the claims
import hmac
import json
from base64 import urlsafe_b64decode


def read(token, key, now):
    signed, _, signature = token.rpartition(".")
    expected = hmac.digest(key, signed.encode(), "sha256")
    if not hmac.compare_digest(expected, urlsafe_b64decode(signature)):
        raise ValueError("wrong signature")
    head, body = (json.loads(urlsafe_b64decode(part)) for part in signed.split("."))
    if head["alg"] != "HS256" or body.get("exp", 0) <= now:
        raise ValueError("refused")
    return body


# %% [mistake] any-algorithm
# says: whose header says `HS512`, signed so was accepted
import hmac
import json
from base64 import urlsafe_b64decode

DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token, key, now):
    signed, _, signature = token.rpartition(".")
    head, body = (json.loads(decoded(part)) for part in signed.split("."))
    if head["alg"] not in DIGESTS:
        raise ValueError("another algorithm")
    expected = hmac.digest(key, signed.encode(), DIGESTS[head["alg"]])
    if not hmac.compare_digest(expected, decoded(signature)):
        raise ValueError("wrong signature")
    if body.get("exp", 0) <= now:
        raise ValueError("expired")
    return body


# %% [mistake] key-error
# says: raised `KeyError`; callers wait for `ValueError`
import hmac
import json
from base64 import urlsafe_b64decode


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(token, key, now):
    signed, _, signature = token.rpartition(".")
    expected = hmac.digest(key, signed.encode(), "sha256")
    if not hmac.compare_digest(expected, decoded(signature)):
        raise ValueError("wrong signature")
    head, body = (json.loads(decoded(part)) for part in signed.split("."))
    if head["alg"] != "HS256" or body["exp"] <= now:
        raise ValueError("refused")
    return body
