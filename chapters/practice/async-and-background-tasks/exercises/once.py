# %% [check]
"""A POST with an idempotency key: one charge a key, also for two at the same time."""

import asyncio
from typing import Any

import httpx2

from seethrough.eventloop import run
from seethrough.exercises import Work


def client(app: Any) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://shop")


def check(work: Work) -> str:
    app, charges = work.get("app"), work.get("charges", list)

    async def pay(http: httpx2.AsyncClient, amount: int, key: str) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key}
        answer = await http.post("/payments", params={"amount": amount}, headers=headers)
        good = answer.headers.get("content-type") == "application/json"
        return answer.status_code, answer.json() if good else answer.text

    async def main() -> None:
        async with client(app) as http:
            first = await pay(http, 20, "a")
            work.require(
                first == (201, {"payment": 1}),
                f"the first request, with key a, was answered {first[0]} `{first[1]}`.",
            )
            again = await pay(http, 20, "a")
            work.require(
                charges == [20],
                f"the same request came twice, and the card was charged {len(charges)} times.",
            )
            work.require(
                again == first,
                f"the first request with key a was answered {first[0]} `{first[1]}`, the second "
                f"{again[0]} `{again[1]}`: a client that asks again wants the same answer.",
            )
            other = await pay(http, 30, "b")
            work.require(
                other == (201, {"payment": 2}),
                f"a request with another key, b, was answered {other[0]} `{other[1]}`.",
            )

            both = await asyncio.gather(pay(http, 40, "c"), pay(http, 40, "c"))
            work.require(
                charges.count(40) == 1,
                f"two requests with key c came at the same time, and the card was charged "
                f"{charges.count(40)} times: the second looked before the first had an answer.",
            )
            work.require(
                both[0] == both[1],
                f"two requests with key c came at the same time; one was answered `{both[0][1]}`, "
                f"the other `{both[1][1]}`.",
            )

            started = asyncio.get_running_loop().time()
            await asyncio.gather(pay(http, 50, "d"), pay(http, 60, "e"))
            took = asyncio.get_running_loop().time() - started
            work.require(
                took < 1.5,
                f"two requests with *different* keys took {took:.0f} s: one waited for the other.",
            )

            failed = await pay(http, 2000, "f")
            work.require(failed[0] == 500, f"a charge that is refused answered {failed[0]}.")
            repaired = await pay(http, 70, "f")
            work.require(
                repaired[0] == 201,
                "the first charge with key f failed; the next one with it should be tried, and "
                f"it answered {repaired[0]}: the failure was kept.",
            )

    charges.clear()
    run(main())
    return "One key, one charge: later, at the same time, and after a failure."


# %% [hint]
# A dictionary from key to answer serves the second request. It does not serve one that comes while the
# first is still charging: at that moment there is no answer yet. What is there?

# %% [hint]
# The *work* is there. Keep `asyncio.create_task(charge(amount))` under the key, at once, without an
# `await` in between, and let both requests await it.

# %% [hint]
# If the task fails, take it out again before the error goes on. Or: a lock for each key, and the
# dictionary of answers looked at inside the lock.

# %% [solution]
import asyncio
from typing import Annotated

from fastapi import FastAPI, Header

app = FastAPI()
charges: list[int] = []
payments: dict[str, asyncio.Task[int]] = {}


async def charge(amount: int) -> int:
    """Charge the card; return the number of the payment. Leave it as it is."""
    await asyncio.sleep(1)
    if amount > 1000:
        raise ValueError("refused")
    charges.append(amount)
    return len(charges)


@app.post("/payments", status_code=201)
async def pay(
    amount: int, key: Annotated[str, Header(alias="Idempotency-Key")]
) -> dict[str, int]:
    """Charge once for each key; in a real service the key is a unique row."""
    if key not in payments:
        # No await between the look and the note: nobody comes in between.
        payments[key] = asyncio.create_task(charge(amount))
    try:
        # Shielded: one client that hangs up must not cancel the charge of the other.
        return {"payment": await asyncio.shield(payments[key])}
    except ValueError:
        payments.pop(key, None)
        raise


# %% [mistake] answers-only
# says: the second looked before the first had an answer
import asyncio
from typing import Annotated

from fastapi import FastAPI, Header

app = FastAPI()
charges = []
answers = {}


async def charge(amount):
    await asyncio.sleep(1)
    if amount > 1000:
        raise ValueError("refused")
    charges.append(amount)
    return len(charges)


@app.post("/payments", status_code=201)
async def pay(amount: int, key: Annotated[str, Header(alias="Idempotency-Key")]):
    if key not in answers:
        answers[key] = {"payment": await charge(amount)}
    return answers[key]


# %% [mistake] one-lock-for-all
# says: two requests with *different* keys took 2 s
import asyncio
from typing import Annotated

from fastapi import FastAPI, Header

app = FastAPI()
charges = []
answers = {}
lock = asyncio.Lock()


async def charge(amount):
    await asyncio.sleep(1)
    if amount > 1000:
        raise ValueError("refused")
    charges.append(amount)
    return len(charges)


@app.post("/payments", status_code=201)
async def pay(amount: int, key: Annotated[str, Header(alias="Idempotency-Key")]):
    async with lock:
        if key not in answers:
            answers[key] = {"payment": await charge(amount)}
        return answers[key]


# %% [mistake] keeps-the-failure
# says: the failure was kept
import asyncio
from typing import Annotated

from fastapi import FastAPI, Header

app = FastAPI()
charges = []
tasks = {}


async def charge(amount):
    await asyncio.sleep(1)
    if amount > 1000:
        raise ValueError("refused")
    charges.append(amount)
    return len(charges)


@app.post("/payments", status_code=201)
async def pay(amount: int, key: Annotated[str, Header(alias="Idempotency-Key")]):
    if key not in tasks:
        tasks[key] = asyncio.create_task(charge(amount))
    return {"payment": await tasks[key]}


# %% [mistake] conflict-for-the-second
# says: a client that asks again wants the same answer
import asyncio
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
charges = []
seen = set()


async def charge(amount):
    await asyncio.sleep(1)
    if amount > 1000:
        raise ValueError("refused")
    charges.append(amount)
    return len(charges)


@app.post("/payments", status_code=201)
async def pay(amount: int, key: Annotated[str, Header(alias="Idempotency-Key")]):
    if key in seen:
        raise HTTPException(409, "seen before")
    seen.add(key)
    return {"payment": await charge(amount)}
