"""Settings come from the environment and are checked at the start."""

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from tests.accounts import sign_up
from tests.test_todos import add, titles
from todo.main import create_app
from todo.settings import Settings


def test_the_environment_sets_the_page_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODO_PAGE_SIZE", "2")
    monkeypatch.setenv("TODO_DATABASE_URL", settings.database_url)
    with TestClient(create_app()) as client:
        client.headers.update(sign_up(client, "ada"))
        for title in ("one", "two", "three"):
            add(client, title)
        assert titles(client) == ["one", "two"]
        assert titles(client, limit=3) == ["one", "two", "three"]


def test_a_wrong_value_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_PAGE_SIZE", "0")
    with pytest.raises(ValidationError, match="page_size"):
        create_app()


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().page_size = 3


def test_the_documentation_can_be_switched_off() -> None:
    with TestClient(create_app(Settings(docs=False))) as client:
        assert client.get("/").json()["documentation"] is None
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 404


def test_a_weak_key_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_JWT_SECRET", "hunter2")
    with pytest.raises(ValidationError, match="jwt_secret") as caught:
        create_app()
    # The message goes to the log.
    assert "hunter2" not in str(caught.value)


def test_without_a_key_each_process_makes_up_its_own() -> None:
    keys = {Settings().jwt_secret.get_secret_value() for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) >= 32 for key in keys)


@pytest.mark.parametrize(
    "missing", ["TODO_JWT_SECRET", "TODO_DATABASE_URL", "TODO_QUEUE_URL"]
)
def test_production_takes_no_defaults_for_what_matters(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv("TODO_ENVIRONMENT", "production")
    monkeypatch.setenv("TODO_JWT_SECRET", "x" * 32)
    monkeypatch.setenv("TODO_DATABASE_URL", "postgresql://db/todo")
    monkeypatch.setenv("TODO_QUEUE_URL", "redis://queue")
    assert Settings().environment == "production"
    monkeypatch.delenv(missing)
    with pytest.raises(ValidationError, match=missing):
        Settings()


def test_an_address_with_the_old_scheme_is_understood() -> None:
    settings = Settings(database_url="postgres://todo:postgres://@db/todo")
    assert settings.database_url == "postgresql://todo:postgres://@db/todo"
