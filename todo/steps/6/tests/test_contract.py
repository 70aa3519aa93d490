"""The service keeps the promises of its own OpenAPI document.

Requests are made up from the document, valid ones and others. The answer may be yes or
no; it may not be a crash, an undocumented status, or a body of another shape.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.accounts import add_user, headers_of
from todo.db import Database
from todo.main import create_app
from todo.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, item in create_app().openapi()["paths"].items()
    for method in item
]


async def add_ada(url: str) -> int:
    database = Database(url)
    try:
        return await add_user(database, "ada")
    finally:
        await database.dispose()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"stream_seconds": 0.02, "stream_poll_seconds": 0.01}
    )


@pytest.fixture
def running(app: FastAPI) -> Iterator[FastAPI]:
    yield app
    # Schemathesis starts the application at the first call, and keeps it.
    shutdown_lifespans()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_documented(
    running: FastAPI, settings: Settings, label: str
) -> None:
    headers = headers_of(asyncio.run(add_ada(settings.database_url)), settings)
    schema = schemathesis.openapi.from_asgi("/openapi.json", running)
    method, path = label.split(" ")
    operation = schema[path][method]
    cases = st.one_of([operation.as_strategy(mode) for mode in GenerationMode])

    # Derandomised: the same requests each time. `st run` looks for new ones.
    @hypothesis_settings(
        max_examples=10,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
