"""Guessing, enumerating and overloading the login."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from tests.accounts import PASSWORD, log_in, login_form, register
from todo.db import Database
from todo.models import User
from todo.passwords import Passwords
from todo.rate_limit import WINDOW_SECONDS, MemoryRateLimiter
from todo.settings import Settings


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the passwords that argon2 is asked to verify."""
    seen: list[str] = []
    verify = Argon2Hasher.verify

    def count(self: Argon2Hasher, password: str, hash: str) -> bool:
        seen.append(password)
        return verify(self, password, hash)

    monkeypatch.setattr(Argon2Hasher, "verify", count)
    return seen


@pytest.fixture
def within_a_minute(
    app: FastAPI, anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At the turn of a minute the counts begin anew, be it in the middle of a test.
    monkeypatch.setattr(app.state.rate_limiter, "_clock", lambda: 1000.0)


async def deactivate(database: Database, username: str) -> None:
    async with database.sessions() as session:
        user = (
            await session.scalars(select(User).where(User.username == username))
        ).one()
        user.is_active = False
        await session.commit()


def test_an_unknown_user_and_a_wrong_password_read_the_same(
    anonymous: TestClient,
) -> None:
    register(anonymous, "ada")
    wrong = anonymous.post("/auth/token", data=login_form("ada", "wrong password"))
    unknown = anonymous.post("/auth/token", data=login_form("bob", "wrong password"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


def test_an_unknown_user_costs_as_much_as_a_wrong_password(
    anonymous: TestClient, verified: list[str]
) -> None:
    # Counted, not timed: a test must not depend on how busy the machine is.
    register(anonymous, "ada")
    for username in ("ada", "bob"):
        verified.clear()
        anonymous.post("/auth/token", data=login_form(username, "wrong password"))
        assert verified == ["wrong password"]


async def test_a_locked_out_user_costs_and_reads_the_same(
    anonymous: TestClient, database: Database, verified: list[str]
) -> None:
    register(anonymous, "ada")
    unknown = anonymous.post("/auth/token", data=login_form("bob"))
    await deactivate(database, "ada")
    verified.clear()
    answer = anonymous.post("/auth/token", data=login_form("ada"))
    assert (answer.status_code, answer.content) == (401, unknown.content)
    assert len(verified) == 1


async def test_a_locked_out_user_is_out_at_once(
    client: TestClient, database: Database
) -> None:
    tokens = log_in(client, "ada")
    await deactivate(database, "ada")
    # The access token is still good by its date.
    assert client.get("/todos").status_code == 401
    body = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/auth/refresh", json=body).status_code == 401


@pytest.mark.usefixtures("within_a_minute")
def test_guessing_is_slowed_down(
    anonymous: TestClient, settings: Settings, verified: list[str]
) -> None:
    register(anonymous, "ada")
    form = login_form("ada", "wrong password")
    for _ in range(settings.logins_per_minute):
        assert anonymous.post("/auth/token", data=form).status_code == 401
    verified.clear()
    # Now even the right one has to wait, and argon2 is not asked at all.
    for answer in (
        anonymous.post("/auth/token", data=login_form("ada")),
        anonymous.post("/auth/token", data=login_form("ADA")),
    ):
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= WINDOW_SECONDS
    assert verified == []
    # Another user at the same address is not locked out with her.
    assert anonymous.post("/auth/token", data=login_form("bob")).status_code == 401


@pytest.mark.usefixtures("within_a_minute")
def test_trying_one_password_with_many_names_is_slowed_down(
    anonymous: TestClient, settings: Settings
) -> None:
    answers = [
        anonymous.post("/auth/token", data=login_form(f"user-{number}")).status_code
        for number in range(settings.attempts_per_minute + 2)
    ]
    assert answers == [401] * settings.attempts_per_minute + [429, 429]


async def test_a_new_minute_brings_new_attempts() -> None:
    now = 1000.0
    limiter = MemoryRateLimiter(clock=lambda: now)
    assert [await limiter.hit("ada", 2) for _ in range(3)] == [0, 0, 20]
    assert await limiter.hit("bob", 2) == 0
    now += 20
    assert await limiter.hit("ada", 2) == 0


def test_a_megabyte_of_password_is_not_hashed(
    anonymous: TestClient, verified: list[str]
) -> None:
    answer = anonymous.post("/auth/token", data=login_form("ada", "x" * 129))
    assert answer.status_code == 422
    assert verified == []


def test_a_password_is_not_cut_off(anonymous: TestClient) -> None:
    # bcrypt, for one, reads 72 bytes and no more.
    register(anonymous, "ada", "x" * 100)
    answer = anonymous.post("/auth/token", data=login_form("ada", "x" * 99))
    assert answer.status_code == 401
    log_in(anonymous, "ada", "x" * 100)


def test_few_passwords_are_hashed_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = Passwords(settings)
    running = most = 0
    lock = threading.Lock()

    def slow(*_: object) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return False

    monkeypatch.setattr(Argon2Hasher, "verify", slow)

    async def forty_at_once() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(40):
                group.start_soon(passwords.verify, "wrong password", None)

    anyio.run(forty_at_once)
    assert most == settings.argon2_at_once == 2


def test_hashing_holds_no_connection(
    app: FastAPI, anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(anonymous, "ada")
    database: Database = app.state.database
    seen: list[str] = []
    verify = Argon2Hasher.verify

    def look(self: Argon2Hasher, password: str, hash: str) -> bool:
        seen.append(database.engine.pool.status())
        return verify(self, password, hash)

    monkeypatch.setattr(Argon2Hasher, "verify", look)
    log_in(anonymous, "ada")
    assert len(seen) == 1
    assert "Current Checked out connections: 0" in seen[0]


async def stored_hash(database: Database) -> str:
    async with database.sessions() as session:
        return (await session.scalars(select(User.password_hash))).one()


async def test_a_hash_of_yesterday_is_replaced_at_the_login(
    app: FastAPI, anonymous: TestClient, database: Database, settings: Settings
) -> None:
    register(anonymous, "ada")
    weak = await stored_hash(database)
    stronger = settings.model_copy(update={"argon2_passes": 2})
    app.state.passwords = Passwords(stronger)
    anonymous.post("/auth/token", data=login_form("ada", "wrong password"))
    assert await stored_hash(database) == weak
    log_in(anonymous, "ada")
    strong = await stored_hash(database)
    assert "t=1" in weak
    assert "t=2" in strong
    log_in(anonymous, "ada")
    assert await stored_hash(database) == strong


def test_ten_people_cannot_take_one_name(anonymous: TestClient) -> None:
    body = {"username": "ada", "password": PASSWORD}

    def take(_: int) -> int:
        return anonymous.post("/auth/register", json=body).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(take, range(10)))
    assert answers == [201] + [409] * 9
