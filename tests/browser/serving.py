"""Serves a built site below a path of its own, as static hosts do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BELOW = "/some/where/"


class _Handler(SimpleHTTPRequestHandler):
    """Knows nothing outside of BELOW, and writes no log."""

    def translate_path(self, path: str) -> str:
        below = path.startswith(BELOW)
        return super().translate_path(path.removeprefix(BELOW.rstrip("/")) if below else "/not/there")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of the folder, with a slash at its end, while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{BELOW}"
        server.shutdown()
        thread.join()
