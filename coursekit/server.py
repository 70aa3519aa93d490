"""Serve the built book on this machine alone."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import subprocess
import sys
import threading
import webbrowser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, override

from coursekit.messages import CourseError
from coursekit.places import BUILD, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
_LAST_PORT = BUILD / "port"
_COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".txt", ".xml")


class BookHandler(SimpleHTTPRequestHandler):
    """Static files, gzipped where the browser can read that, with today's content types."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    @override
    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Answer with a compressed copy where that makes sense."""
        path = self.translate_path(self.path)
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepts and path.endswith(_COMPRESSED)):
            return super().send_head()
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - translate_path gives a str
                body = gzip.compress(file.read(), compresslevel=6, mtime=0)
        except OSError:
            return super().send_head()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    @override
    def end_headers(self) -> None:
        """Let the browser ask again each time: a rebuilt page must show."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing for each request."""


class BookServer(ThreadingHTTPServer):
    """Says nothing when a browser goes away in the middle of an answer."""

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error of the server's own."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def open_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Bind a server for a folder to 127.0.0.1.

    Args:
        folder: what to serve.
        port: which port; 0 takes a free one.

    Raises:
        CourseError: the port is taken.
    """
    handler = functools.partial(BookHandler, directory=str(folder))
    try:
        return BookServer((HOST, port), handler)
    except OSError as error:
        message = (
            f"Port {port} on {HOST} is taken ({error.strerror}). Leave --port out for a free one."
        )
        raise CourseError(message) from error
    except OverflowError as error:
        message = f"{port} is not a port: take one from 1 to 65535."
        raise CourseError(message) from error


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder from a thread of this process, and yield its address."""
    server = open_server(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield _address(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def serving_apart(folder: Path) -> Iterator[str]:
    """The same from a process of its own, for measurements in which this one is busy."""
    command = [sys.executable, "-m", "coursekit.server", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _address(server: ThreadingHTTPServer) -> str:
    return f"http://{HOST}:{server.server_address[1]}"


def open_at_last_port(folder: Path, last: Path) -> ThreadingHTTPServer:
    """Bind a server where it was the last time, if it can be: what they typed is kept by address.

    Args:
        folder: what to serve.
        last: a file that holds the port of the last time, and is written.
    """
    known = last.read_text(encoding="utf-8").strip() if last.is_file() else ""
    try:
        server = open_server(folder, int(known) if known.isdecimal() else 0)
    except CourseError:
        server = open_server(folder)
    last.write_text(f"{server.server_address[1]}\n", encoding="utf-8")
    return server


def serve(folder: Path, *, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve a folder until Ctrl-C, and say where; without a port, where it was the last time."""
    with open_server(folder, port) if port else open_at_last_port(folder, _LAST_PORT) as server:
        address = f"{_address(server)}/"
        say(f"Reading at {address} (Ctrl-C stops)")
        if open_browser:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    with open_server(Path(sys.argv[1])) as running:
        print(_address(running), flush=True)
        running.serve_forever()
