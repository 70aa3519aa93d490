"""What the other processes import.

`taskiq worker todo.worker:broker` does the jobs, in as many processes as it is told;
`taskiq scheduler todo.worker:scheduler` says when to look for new ones. Two schedulers
do no harm: what they ask for is done once.
"""

from taskiq import TaskiqEvents, TaskiqState

from todo.db import Database
from todo.queue import Queue
from todo.settings import Settings
from todo.webhooks import Webhooks

settings = Settings()
if settings.queue_url is None:
    raise SystemExit("A worker needs a queue: set TODO_QUEUE_URL.")

# Neither connects before it is first used.
database = Database(settings.database_url)
webhooks = Webhooks(settings)
queue = Queue(settings, database, webhooks)
broker = queue.broker
scheduler = queue.scheduler


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close(_: TaskiqState) -> None:
    await webhooks.aclose()
    await database.dispose()
