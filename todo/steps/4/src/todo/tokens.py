"""Access tokens: short-lived, signed, and read without asking the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import jwt

from todo.errors import AuthenticationError
from todo.schemas import Scope
from todo.settings import Settings

ALGORITHM = "HS256"
# RFC 9068: a token of another kind, signed with the same key, is not an access token.
TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: int
    scopes: frozenset[str]


class AccessTokens:
    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_secret.get_secret_value()
        self._issuer = settings.issuer
        self._audience = settings.audience
        self.seconds = settings.access_token_seconds

    def issue(self, user_id: int, scopes: frozenset[Scope], now: datetime) -> str:
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            # RFC 7519: a string. PyJWT refuses a number when it reads the token.
            "sub": str(user_id),
            "iat": now,
            "exp": now + timedelta(seconds=self.seconds),
            "jti": str(uuid4()),
            "scope": " ".join(sorted(scopes)),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"typ": TYPE})

    def read(self, token: str) -> Claims:
        try:
            found = jwt.decode_complete(
                token,
                self._key,
                # Ours, never the one that the token names: "none" is one, too.
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                # By default a token without "exp" is good for ever.
                options={"require": ["iss", "aud", "sub", "iat", "exp", "jti"]},
            )
            if found["header"].get("typ") != TYPE:
                raise jwt.InvalidTokenError("not an access token")
            claims = found["payload"]
            return Claims(int(claims["sub"]), frozenset(claims["scope"].split()))
        except (jwt.InvalidTokenError, ValueError, KeyError, AttributeError) as error:
            # One answer for every reason: a hint would help the forger alone.
            raise AuthenticationError("This token is not valid.") from error
