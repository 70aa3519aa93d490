"""Marks and servers for the tests of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coursekit.services import both, what_is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "services: needs real PostgreSQL and Redis, or minutes (test --services)"
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str]]:
    """Yield the settings for a real PostgreSQL and a real Redis."""
    if missing := what_is_missing():
        pytest.skip("; ".join(missing))
    with both() as environment:
        yield environment
