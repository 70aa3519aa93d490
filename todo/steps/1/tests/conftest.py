from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from main import app


@pytest.fixture
def client() -> Iterator[TestClient]:
    # Only as a context manager does TestClient run the lifespan.
    with TestClient(app) as client:
        yield client
