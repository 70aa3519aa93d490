"""Do the same tests hold on real PostgreSQL and real Redis?"""

from __future__ import annotations

import pytest

from coursekit.stages_proof import prove

pytestmark = pytest.mark.services


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_the_stages_tests_hold_on_real_servers(servers: dict[str, str], number: int) -> None:
    proof = prove(number, environment=servers, tools=False)
    print(f"stage {number} on PostgreSQL and Redis: {proof.counts}")
    assert proof.held, str(proof)
    assert "skipped" not in proof.counts
