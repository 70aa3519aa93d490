"""The OpenAPI document is a contract: it changes on purpose, or not at all.

After a change on purpose: `uv run python -m tests.test_openapi`, then read the diff.
"""

import json
from pathlib import Path

from todo.main import app

SNAPSHOT = Path(__file__).parent / "openapi.json"


def document() -> str:
    return json.dumps(app.openapi(), indent=2, sort_keys=True) + "\n"


def test_the_contract_is_unchanged() -> None:
    assert json.loads(document()) == json.loads(SNAPSHOT.read_text())


if __name__ == "__main__":
    SNAPSHOT.write_text(document())
