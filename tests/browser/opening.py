"""Opens a page of a built site as a double click does, and listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.subsystems.sample_home import LAST

LOCAL = ("file://", "data:", "blob:", "about:")


@dataclass
class Opened:
    """A page with what it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """Requests that were not to local files."""
        return [url for url in self.requests if not url.startswith(LOCAL)]


def opened(browser: Browser, file: Path, *, now: datetime | None = LAST, **context: object) -> Opened:
    """The page, loaded, with everything it asked for; `now` is what the page takes the time to be."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    found = Opened(page)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("console", lambda line: found.complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (found.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    if now is not None:
        page.clock.set_fixed_time(now)
    page.goto(file.as_uri())
    page.wait_for_load_state("load")
    return found
