"""Numbers about ourselves, in the format of Prometheus."""

from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)


class Metrics:
    def __init__(self) -> None:
        # A registry of our own: the global one would mix up two applications (and two
        # tests) in one process.
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "todo_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "todo_http_request_seconds",
            "From the first byte in to the last byte out.",
            ["method", "route"],
            registry=self._registry,
        )
        self._open_jobs = Gauge(
            "todo_outbox_open", "Jobs that nobody has done.", registry=self._registry
        )
        self._oldest_job = Gauge(
            "todo_outbox_oldest_seconds",
            "The age of the oldest of them. It grows when the workers are gone.",
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        # The route, not the path: each label value is a time series, and there is a
        # path for every todo.
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def jobs(self, count: int, oldest: datetime | None, now: datetime) -> None:
        self._open_jobs.set(count)
        self._oldest_job.set((now - oldest).total_seconds() if oldest else 0)

    def text(self) -> bytes:
        return generate_latest(self._registry)
