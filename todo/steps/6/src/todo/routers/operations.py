"""For those who run the service: is it alive, is it ready, how is it doing?"""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from todo.dependencies import ClockDep, MetricsDep, ReadinessDep, UowDep
from todo.errors import UNAVAILABLE

router = APIRouter(prefix="/health", tags=["operations"])
metrics_router = APIRouter(include_in_schema=False)


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/live", summary="Is the process alive?")
async def live() -> Health:
    """Asks nobody else: who does not answer here has to be restarted."""
    return Health()


@router.get("/ready", responses=UNAVAILABLE, summary="Is it ready for requests?")
async def ready(readiness: ReadinessDep) -> Health:
    await readiness.check()
    return Health()


@metrics_router.get("/metrics")
async def read_metrics(metrics: MetricsDep, uow: UowDep, clock: ClockDep) -> Response:
    count, oldest = await uow.outbox.waiting()
    metrics.jobs(count, oldest, clock())
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)
