from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from todo.main import create_app
from todo.settings import Settings


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    # A new application for each test: overrides and state cannot leak into the next.
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    # Only as a context manager does TestClient run the lifespan.
    with TestClient(app) as client:
        yield client
