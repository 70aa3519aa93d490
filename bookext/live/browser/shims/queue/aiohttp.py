"""Stands in for aiohttp, which taskiq imports for a dashboard that a tab cannot reach."""


def __getattr__(name: str) -> object:
    """Refuse what would open a socket."""
    message = f"aiohttp.{name} opens sockets, and a browser tab has none"
    raise AttributeError(message)
