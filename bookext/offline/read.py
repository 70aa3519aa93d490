"""Read the book in this folder: `python3 read.py`, and Ctrl-C when you are done.

Serves the folder to this machine alone, at an address that stays the same, since a browser keeps
what you type under it, and opens that in the browser. Needs any Python 3.9 or newer, nothing else,
and no network.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import pathlib
import sys
import webbrowser

HERE = pathlib.Path(__file__).resolve().parent
HOST = "127.0.0.1"
PORT = 8314


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the folder, with the content types that browsers insist on."""

    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        """Let the browser ask again, should a newer edition be unpacked here."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing for each request."""


class Server(http.server.ThreadingHTTPServer):
    """Says nothing when a browser goes away in the middle of an answer."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Report an error of the server's own."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def open_server(port: int) -> http.server.ThreadingHTTPServer:
    """Take a port; the usual one may be in use by another copy of the book."""
    handler = functools.partial(Handler, directory=str(HERE))
    try:
        return Server((HOST, port or PORT), handler)
    except (OSError, OverflowError) as error:
        if port:
            sys.exit(f"Port {port} cannot be used: {error}. Leave --port out.")
        print(f"Port {PORT} is in use, so the address is another one today.")
        print("What you typed at the usual address is kept there.")
        return Server((HOST, 0), handler)


def main() -> None:
    """Serve until Ctrl-C."""
    asks = argparse.ArgumentParser(description="Read the book in this folder.")
    asks.add_argument("--port", type=int, default=0, help=f"instead of {PORT}")
    asks.add_argument("--no-open", action="store_true", help="open no browser")
    wanted = asks.parse_args()
    with open_server(wanted.port) as server:
        address = f"http://{HOST}:{server.server_address[1]}/"
        print(f"Reading at {address} (Ctrl-C stops)", flush=True)
        if not wanted.no_open:
            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
