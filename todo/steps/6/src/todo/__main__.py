"""`python -m todo`: the service as it runs in production.

Process number 1 of its container: it gets the SIGTERM itself, takes no new requests,
finishes those that it has, closes the pools, and ends.
"""

import uvicorn

from todo.settings import Settings


def main() -> None:
    settings = Settings()
    uvicorn.run(
        "todo.main:app",
        host=settings.host,
        port=settings.port,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        # Ours knows the route and the request id.
        access_log=False,
        # Streams would go on for minutes.
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


if __name__ == "__main__":
    main()
