"""Does each stage hold what its chapter promises? On SQLite, nothing installed."""

from __future__ import annotations

import pytest

from coursekit.stages_proof import Proof, prove_all
from seethrough.stages import numbers


@pytest.fixture(scope="module")
def proofs() -> dict[int, Proof]:
    return prove_all(numbers())


@pytest.mark.parametrize("number", numbers())
def test_lint_types_and_tests_hold(proofs: dict[int, Proof], number: int) -> None:
    proof = proofs[number]
    print(proof.summary)
    assert proof.held, str(proof)


def test_only_what_needs_redis_is_skipped(proofs: dict[int, Proof]) -> None:
    skipped = {number: proof.counts.get("skipped", 0) for number, proof in proofs.items()}
    assert skipped == {1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 6: 1}


def test_each_stage_tests_more_than_the_one_before(proofs: dict[int, Proof]) -> None:
    passed = [proofs[number].counts["passed"] for number in numbers()]
    assert passed == sorted(passed)
