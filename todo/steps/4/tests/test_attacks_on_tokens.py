"""Forged, borrowed and worn-out access tokens. Each is refused, with the same words."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from tests.accounts import bearer, log_in, register
from todo.schemas import Scope
from todo.settings import Settings
from todo.tokens import ALGORITHM, TYPE, AccessTokens


@pytest.fixture(autouse=True)
def ada(anonymous: TestClient) -> None:
    register(anonymous, "ada")


@pytest.fixture
def token(anonymous: TestClient) -> str:
    return log_in(anonymous, "ada")["access_token"]


@pytest.fixture
def key(settings: Settings) -> str:
    return settings.jwt_secret.get_secret_value()


def refused(client: TestClient, token: str) -> bool:
    answer = client.get("/todos", headers=bearer(token))
    if answer.status_code == 200:
        return False
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This token is not valid."
    return True


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def forge(
    claims: dict[str, Any], key: str, typ: str = TYPE, algorithm: str = ALGORITHM
) -> str:
    """Sign by hand: an attacker's library warns about nothing."""
    signed = f"{part({'alg': algorithm, 'typ': typ})}.{part(claims)}"
    digest = f"sha{algorithm[-3:]}"
    signature = hmac.digest(key.encode(), signed.encode(), digest)
    return f"{signed}.{encoded(signature)}"


def part(content: dict[str, Any]) -> str:
    return encoded(json.dumps(content).encode())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_the_token_itself_is_good(anonymous: TestClient, token: str, key: str) -> None:
    assert not refused(anonymous, token)
    assert not refused(anonymous, forge(claims_of(token), key))


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_unsigned(anonymous: TestClient, token: str, name: str) -> None:
    unsigned = f"{part({'alg': name, 'typ': TYPE})}.{part(claims_of(token))}."
    assert refused(anonymous, unsigned)


@pytest.mark.parametrize("name", ["HS384", "HS512"])
def test_an_algorithm_of_the_attackers_choice(
    anonymous: TestClient, token: str, key: str, name: str
) -> None:
    assert refused(anonymous, forge(claims_of(token), key, algorithm=name))


@pytest.mark.parametrize("name", ["RS256", "ES256", "EdDSA"])
def test_a_signature_under_another_name(
    anonymous: TestClient, token: str, name: str
) -> None:
    # Confusion: a verifier that believes the header checks the right bytes with the
    # wrong kind of key.
    _, payload, signature = token.split(".")
    header = part({"alg": name, "typ": TYPE})
    assert refused(anonymous, f"{header}.{payload}.{signature}")


def test_a_key_that_the_token_brings_along(anonymous: TestClient, token: str) -> None:
    own = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode()}
    headers = {"typ": TYPE, "jwk": own, "kid": "../../dev/null"}
    forged = jwt.encode(claims_of(token), "x" * 32, ALGORITHM, headers=headers)
    assert refused(anonymous, forged)


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "iss", "aud", "jti", "scope"])
def test_a_claim_is_missing(
    anonymous: TestClient, token: str, key: str, claim: str
) -> None:
    claims = claims_of(token)
    del claims[claim]
    assert refused(anonymous, forge(claims, key))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://other.example/api"},
        {"iss": "https://other.example"},
        {"sub": 1},
        {"sub": "ada"},
        {"sub": "999999"},
        {"exp": "never"},
        {"scope": ["todos:read"]},
        {"scope": None},
    ],
)
def test_a_claim_is_wrong(
    anonymous: TestClient, token: str, key: str, wrong: dict[str, Any]
) -> None:
    assert refused(anonymous, forge(claims_of(token) | wrong, key))


@pytest.mark.parametrize("minutes", [-16, +16], ids=["expired", "from the future"])
def test_not_now(
    anonymous: TestClient, settings: Settings, token: str, minutes: int
) -> None:
    user_id = int(claims_of(token)["sub"])
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    issued = AccessTokens(settings).issue(user_id, frozenset(Scope), then)
    assert refused(anonymous, issued)


@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", ""])
def test_a_token_of_another_kind(
    anonymous: TestClient, token: str, key: str, typ: str
) -> None:
    assert refused(anonymous, forge(claims_of(token), key, typ))


def test_a_refresh_token_is_no_access_token(anonymous: TestClient) -> None:
    assert refused(anonymous, log_in(anonymous, "ada")["refresh_token"])


def test_a_tampered_payload(anonymous: TestClient, token: str) -> None:
    header, _, signature = token.split(".")
    changed = part(claims_of(token) | {"sub": "2"})
    assert refused(anonymous, f"{header}.{changed}.{signature}")


@pytest.mark.parametrize("key", ["", "secret", "the secret of the tests, 33 bytes!"])
def test_a_guessed_key(anonymous: TestClient, token: str, key: str) -> None:
    assert refused(anonymous, forge(claims_of(token), key))


def test_a_public_key_is_no_secret(anonymous: TestClient, token: str) -> None:
    # The other half of the confusion: with a verifier that accepts both kinds, the
    # text of a public key is an HMAC secret that everybody knows.
    public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw\n-----END PUBLIC KEY-----\n"
    assert refused(anonymous, forge(claims_of(token), public))


def test_a_public_key_signs_nothing_here(settings: Settings) -> None:
    # Set as our own secret by mistake, it would let everybody sign.
    public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw\n-----END PUBLIC KEY-----\n"
    wrong = settings.model_copy(update={"jwt_secret": SecretStr(public)})
    with pytest.raises(jwt.InvalidKeyError):
        AccessTokens(wrong).issue(1, frozenset(Scope), datetime.now(UTC))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é"])
def test_no_token_at_all(anonymous: TestClient, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    assert anonymous.get("/todos", headers=headers).status_code == 401


def test_a_token_in_the_address_does_not_count(
    anonymous: TestClient, token: str
) -> None:
    # Addresses are in logs, histories and Referer headers.
    assert anonymous.get("/users/me", params={"access_token": token}).status_code == 401
    assert anonymous.get("/users/me", params={"token": token}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/todos"),
        ("POST", "/todos"),
        ("GET", "/todos/1"),
        ("PATCH", "/todos/1"),
        ("DELETE", "/todos/1"),
        ("GET", "/tags"),
        ("GET", "/users/me"),
    ],
)
def test_without_a_token_nothing_is_there(
    anonymous: TestClient, method: str, path: str
) -> None:
    answer = anonymous.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_every_route_but_a_few_asks_who_it_is(app: FastAPI) -> None:
    public = {
        operation["operationId"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
        if "security" not in operation
    }
    assert public == {"about", "register", "log_in", "refresh", "log_out"}
