"""Telling another service, which may be slow, down, or both."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2

from todo.settings import Settings

# The ones that may go away by themselves. A 400 does not get better by asking again.
TRANSIENT = {429, 500, 502, 503, 504}
FIRST_PAUSE = 0.2


class WebhookError(Exception):
    """The other side did not take it."""


class Webhooks:
    """One HTTP client for the life of the process: its connections are used again."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._url = str(settings.webhook_url)
        self._attempts = settings.webhook_attempts
        self._sleep = sleep
        self._client: httpx2.AsyncClient | None = None
        if settings.webhook_url is not None:
            # Only then: a client reads all the certificates that the system trusts.
            self._client = httpx2.AsyncClient(
                transport=transport,
                # For connecting, sending, each read, and waiting for a connection.
                timeout=settings.webhook_seconds,
                limits=httpx2.Limits(max_connections=10),
            )

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def send(self, key: str, kind: str, data: dict[str, Any]) -> None:
        """Post an event. It may arrive twice; the key tells the receiver so."""
        if self._client is None:
            return
        problem = ""
        for attempt in range(self._attempts):
            if attempt > 0:
                # Twice as long each time, and a random part of it: clients that failed
                # together must not come back together.
                await self._sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))  # noqa: S311
            try:
                answer = await self._client.post(
                    self._url,
                    json={"key": key, "kind": kind, "data": data},
                    headers={"Idempotency-Key": key},
                )
            except httpx2.TransportError as error:
                problem = type(error).__name__
                continue
            if answer.is_success:
                return
            problem = f"status {answer.status_code}"
            if answer.status_code not in TRANSIENT:
                break
        raise WebhookError(problem)
