"""People for tests: registering and logging in."""

from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher

from todo.clock import utc_now
from todo.db import Database
from todo.schemas import Scope
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.unit_of_work import UnitOfWork

PASSWORD = "correct horse battery staple"
# Argon2 at its cheapest: most tests are not about its cost.
CHEAP = Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1)


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


async def add_user(database: Database, username: str) -> int:
    """Put a user into the table, without the way over HTTP."""
    async with database.sessions() as session:
        uow = UnitOfWork(session)
        user = await uow.users.add(username, CHEAP.hash(PASSWORD), utc_now())
        await uow.commit()
        return user.id


def headers_of(user_id: int, settings: Settings) -> dict[str, str]:
    """Sign a token ourselves: a login for each test would take most of its time."""
    token = AccessTokens(settings).issue(user_id, frozenset(Scope), utc_now())
    return bearer(token)
