"""Stolen refresh tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.accounts import log_in, register
from todo.clock import utc_now
from todo.db import Database
from todo.dependencies import get_clock
from todo.models import RefreshToken


@pytest.fixture
def token(anonymous: TestClient) -> str:
    register(anonymous, "ada")
    return log_in(anonymous, "ada")["refresh_token"]


def refresh(client: TestClient, token: str) -> str | None:
    answer = client.post("/auth/refresh", json={"refresh_token": token})
    if answer.status_code == 401:
        return None
    new: str = answer.json()["refresh_token"]
    return new


def test_used_twice_it_ends_the_session(anonymous: TestClient, token: str) -> None:
    other_device = log_in(anonymous, "ada")["refresh_token"]
    newest = refresh(anonymous, refresh(anonymous, token) or "")
    assert newest is not None
    # The thief comes second, or first: nobody can tell. Both are out.
    assert refresh(anonymous, token) is None
    assert refresh(anonymous, newest) is None
    assert refresh(anonymous, other_device) is not None


def test_of_ten_at_once_one_wins(anonymous: TestClient, token: str) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(refresh, [anonymous] * 10, [token] * 10))
    winners = [answer for answer in answers if answer is not None]
    assert len(winners) == 1
    # Nine times it was used again: the session is over for the winner, too.
    assert refresh(anonymous, winners[0]) is None


async def test_the_table_holds_no_token(
    anonymous: TestClient, token: str, database: Database
) -> None:
    async with database.sessions() as session:
        row = (await session.scalars(select(RefreshToken))).one()
    stored = vars(row)
    assert token not in str(stored)
    assert refresh(anonymous, stored["token_hash"]) is None


def test_a_session_ends_some_day_however_often_it_is_refreshed(
    app: FastAPI, anonymous: TestClient, token: str
) -> None:
    start = utc_now()
    for day in (10, 20, 29):
        app.dependency_overrides[get_clock] = lambda day=day: (
            lambda: start + timedelta(days=day)
        )
        token = refresh(anonymous, token) or ""
        assert token
    app.dependency_overrides[get_clock] = lambda: lambda: start + timedelta(days=31)
    assert refresh(anonymous, token) is None


@pytest.mark.parametrize("body", [{}, {"refresh_token": ""}, {"refresh_token": None}])
def test_no_refresh_token_is_no_session(
    anonymous: TestClient, body: dict[str, str]
) -> None:
    assert anonymous.post("/auth/refresh", json=body).status_code == 422
    assert refresh(anonymous, "nonsense") is None
