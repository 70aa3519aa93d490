"""The other service: slow, down, or not amused."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from pydantic import HttpUrl

from todo.settings import Settings
from todo.webhooks import FIRST_PAUSE, WebhookError, Webhooks


class Receiver:
    """Answers with the statuses given, one a request; 0 is a broken connection."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.requests: list[httpx2.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        status = self.statuses.pop(0)
        if status == 0:
            raise httpx2.ConnectTimeout("no answer", request=request)
        return httpx2.Response(status)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def webhooks(receiver: Receiver) -> AsyncIterator[Webhooks]:
    settings = Settings(webhook_url=HttpUrl("https://chat.example/todo"))
    transport = httpx2.MockTransport(receiver.answer)
    webhooks = Webhooks(settings, transport, receiver.sleep)
    yield webhooks
    await webhooks.aclose()


async def test_an_event_arrives_with_its_key(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.statuses = [204]
    await webhooks.send("key-1", "todo.completed", {"todo_id": 7})
    [request] = receiver.requests
    assert str(request.url) == "https://chat.example/todo"
    assert request.headers["Idempotency-Key"] == "key-1"
    assert b'"todo_id":7' in request.content.replace(b" ", b"")


@pytest.mark.parametrize("statuses", [[503, 200], [0, 200], [429, 0, 201]])
async def test_what_may_pass_is_tried_again(
    webhooks: Webhooks, receiver: Receiver, statuses: list[int]
) -> None:
    receiver.statuses = list(statuses)
    await webhooks.send("key-1", "todo.completed", {})
    assert len(receiver.requests) == len(statuses)
    assert {r.headers["Idempotency-Key"] for r in receiver.requests} == {"key-1"}
    for number, pause in enumerate(receiver.pauses, start=1):
        assert 0 <= pause <= FIRST_PAUSE * 2**number


@pytest.mark.parametrize(
    ("statuses", "requests", "problem"),
    [
        ([500, 502, 503], 3, "status 503"),
        ([0, 0, 0], 3, "ConnectTimeout"),
        ([400], 1, "status 400"),
        ([503, 404], 2, "status 404"),
        ([302], 1, "status 302"),
    ],
)
async def test_what_does_not_pass_is_an_error(
    webhooks: Webhooks,
    receiver: Receiver,
    statuses: list[int],
    requests: int,
    problem: str,
) -> None:
    receiver.statuses = list(statuses)
    with pytest.raises(WebhookError, match=problem):
        await webhooks.send("key-1", "todo.completed", {})
    assert len(receiver.requests) == requests


async def test_without_an_address_nothing_is_sent(receiver: Receiver) -> None:
    transport = httpx2.MockTransport(receiver.answer)
    webhooks = Webhooks(Settings(webhook_url=None), transport)
    await webhooks.send("key-1", "todo.completed", {})
    await webhooks.aclose()
    assert receiver.requests == []
