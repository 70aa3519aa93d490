"""Registering, logging in, staying in, logging out: as it is meant."""

import pytest
from fastapi.testclient import TestClient

from tests.accounts import PASSWORD, bearer, log_in, login_form, register


def test_a_new_user_can_log_in_and_see_themselves(anonymous: TestClient) -> None:
    register(anonymous, "ada")
    tokens = log_in(anonymous, "ada")
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 900
    assert tokens["scope"] == "todos:read todos:write"
    me = anonymous.get("/users/me", headers=bearer(tokens["access_token"]))
    assert me.json()["username"] == "ada"


def test_a_name_has_one_spelling(anonymous: TestClient) -> None:
    register(anonymous, "Ada")
    log_in(anonymous, "ADA")
    body = {"username": "aDa", "password": PASSWORD}
    assert anonymous.post("/auth/register", json=body).status_code == 409


@pytest.mark.parametrize("username", ["", "ab", "a" * 33, "a b c", "-ada", "ada\x00"])
def test_a_name_has_a_form(anonymous: TestClient, username: str) -> None:
    body = {"username": username, "password": PASSWORD}
    assert anonymous.post("/auth/register", json=body).status_code == 422


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 129])
def test_a_password_has_a_length(anonymous: TestClient, password: str) -> None:
    body = {"username": "ada", "password": password}
    assert anonymous.post("/auth/register", json=body).status_code == 422


def test_a_wrong_password_is_refused(anonymous: TestClient) -> None:
    register(anonymous, "ada")
    answer = anonymous.post("/auth/token", data=login_form("ada", "wrong password"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_goes_on_with_each_refresh(anonymous: TestClient) -> None:
    register(anonymous, "ada")
    token = log_in(anonymous, "ada")["refresh_token"]
    for _ in range(3):
        answer = anonymous.post("/auth/refresh", json={"refresh_token": token})
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != token
        token = answer.json()["refresh_token"]
        headers = bearer(answer.json()["access_token"])
        assert anonymous.get("/users/me", headers=headers).status_code == 200


def test_after_logout_the_session_is_over(anonymous: TestClient) -> None:
    register(anonymous, "ada")
    here, elsewhere = log_in(anonymous, "ada"), log_in(anonymous, "ada")
    body = {"refresh_token": here["refresh_token"]}
    assert anonymous.post("/auth/logout", json=body).status_code == 204
    assert anonymous.post("/auth/refresh", json=body).status_code == 401
    # Only this one: the other device stays logged in.
    body = {"refresh_token": elsewhere["refresh_token"]}
    assert anonymous.post("/auth/refresh", json=body).status_code == 200


def test_a_logout_with_any_token_looks_the_same(anonymous: TestClient) -> None:
    answer = anonymous.post("/auth/logout", json={"refresh_token": "nonsense"})
    assert answer.status_code == 204


def test_a_token_can_be_good_for_less(anonymous: TestClient) -> None:
    register(anonymous, "ada")
    tokens = log_in(anonymous, "ada", scope="todos:read")
    assert tokens["scope"] == "todos:read"
    body = {"refresh_token": tokens["refresh_token"]}
    for granted in (tokens, anonymous.post("/auth/refresh", json=body).json()):
        headers = bearer(granted["access_token"])
        assert anonymous.get("/todos", headers=headers).status_code == 200
        refused = anonymous.post("/todos", json={"title": "x"}, headers=headers)
        assert refused.status_code == 403
        assert 'scope="todos:write"' in refused.headers["WWW-Authenticate"]


def test_an_unknown_scope_is_refused(anonymous: TestClient) -> None:
    form = login_form("ada", scope="todos:read admin")
    assert anonymous.post("/auth/token", data=form).status_code == 422


def test_other_grants_are_refused(anonymous: TestClient) -> None:
    form = login_form("ada") | {"grant_type": "client_credentials"}
    assert anonymous.post("/auth/token", data=form).status_code == 422
