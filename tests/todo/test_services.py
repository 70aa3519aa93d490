"""Do the same tests hold on real PostgreSQL and real Redis?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coursekit.stages_proof import FIRST_WITH_DATABASE, FIRST_WITH_QUEUE, prove
from seethrough.stages import numbers

if TYPE_CHECKING:
    from coursekit.services import Servers

pytestmark = pytest.mark.services
# The largest first: two run at once.
WITH_A_DATABASE = [number for number in reversed(numbers()) if number >= FIRST_WITH_DATABASE]


@pytest.mark.parametrize("number", WITH_A_DATABASE)
def test_the_stages_tests_hold_on_real_servers(servers: Servers, number: int) -> None:
    environment = servers.environment(f"stage_{number}_test")
    proof = prove(number, environment=environment, tools=False)
    print(f"on {' and '.join(sorted(environment))}: {proof.summary}")
    assert proof.held, str(proof)
    # Where the machine has no Redis, the one test that needs it says so, and no other.
    without = servers.queue_url is None and number >= FIRST_WITH_QUEUE
    assert proof.counts.get("skipped", 0) == int(without), str(proof)


@pytest.mark.usefixtures("queue_url")
def test_the_queue_of_these_runs_was_a_real_redis() -> None:
    """It is skipped, with what to install, where the runs above had PostgreSQL alone."""
