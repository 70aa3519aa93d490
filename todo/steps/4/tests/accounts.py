"""People for tests: registering and logging in."""

import httpx2
from fastapi.testclient import TestClient

PASSWORD = "correct horse battery staple"


def register(client: TestClient, username: str, password: str = PASSWORD) -> None:
    body = {"username": username, "password": password}
    answer = client.post("/auth/register", json=body)
    assert answer.status_code == 201, answer.text


def log_in(
    client: TestClient, username: str, password: str = PASSWORD, scope: str = ""
) -> dict[str, str]:
    """Return what the token endpoint answers."""
    answer = client.post("/auth/token", data=login_form(username, password, scope))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def login_form(
    username: str, password: str = PASSWORD, scope: str = ""
) -> dict[str, str]:
    return {
        "grant_type": "password",
        "username": username,
        "password": password,
        "scope": scope,
    }


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign_up(client: TestClient, username: str) -> dict[str, str]:
    """Register, log in, and return the headers that say so."""
    register(client, username)
    return bearer(log_in(client, username)["access_token"])


async def sign_up_async(client: httpx2.AsyncClient, username: str) -> dict[str, str]:
    body = {"username": username, "password": PASSWORD}
    assert (await client.post("/auth/register", json=body)).status_code == 201
    answer = await client.post("/auth/token", data=login_form(username))
    return bearer(answer.json()["access_token"])
