"""Logs for machines: one JSON object a line, with the id of the request."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, override

# A context variable is the request's own: tasks and threads that it starts inherit it,
# other requests do not see it.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known := request_id.get():
            entry["request_id"] = known
        entry |= getattr(record, "fields", {})
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        # json escapes line breaks: what a client sends cannot forge a line of its own.
        return json.dumps(entry, default=str)


def configure() -> None:
    """Send everything through one handler, as JSON lines, to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):
        # Uvicorn brings handlers of its own: every line would come twice.
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # Ours says more, and knows the route.
    logging.getLogger("uvicorn.access").disabled = True
