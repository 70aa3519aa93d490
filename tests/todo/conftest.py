"""Marks and servers for the tests of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coursekit import services

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "services: needs real PostgreSQL and Redis, or minutes (test --services)"
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[services.Servers]:
    """Run a real PostgreSQL, and a real Redis if the machine has one."""
    if services.NO_POSTGRES in (missing := services.what_is_missing()):
        pytest.skip("; ".join(missing))
    with services.servers() as running:
        yield running


@pytest.fixture
def queue_url(servers: services.Servers) -> str:
    """Where Redis is."""
    if servers.queue_url is None:
        pytest.skip(services.NO_REDIS)
    return servers.queue_url
