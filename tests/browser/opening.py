"""Opens a page of a built site as a double click does, or from a server, and listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.subsystems.sample_home import LAST

LOCAL = ("file://", "data:", "blob:", "about:")
# pictures below the fold load when they come near
ALL_PICTURES = "document.querySelectorAll('img').forEach(image => image.loading = 'eager')"
BROKEN_PICTURES = "[...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src)"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@dataclass
class Opened:
    """A page with what it asked for and complained about; `server` is where it may ask, besides files."""

    page: Page
    server: str = ""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """Requests that were not to local files, or to where the site is served."""
        ours = (*LOCAL, self.server) if self.server else LOCAL
        return [url for url in self.requests if not url.startswith(ours)]

    def go(self, address: str) -> None:
        """Another page in the same tab, loaded; what was asked for and complained about before is forgotten."""
        self.requests.clear()
        self.complaints.clear()
        self.page.goto(address)
        self.page.wait_for_load_state("load")


def listening(browser: Browser, *, server: str = "", now: datetime | None = LAST, **context: object) -> Opened:
    """An empty tab that is listened to; `now` is what pages in it take the time to be."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    found = Opened(page, server)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("console", lambda line: found.complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (found.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    if now is not None:
        page.clock.set_fixed_time(now)
    return found


def opened(browser: Browser, file: Path, *, now: datetime | None = LAST, **context: object) -> Opened:
    """The page, loaded, with everything it asked for; `now` is what the page takes the time to be."""
    found = listening(browser, now=now, **context)
    found.go(file.as_uri())
    return found


def pages_of(site: Path) -> list[str]:
    """Every page of the site, from its root; what MkDocs was given lies in `source` and is none."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [name for name in names if not name.startswith("source/")]


def kinds_of(site: Path) -> dict[str, str]:
    """One page of every kind, the one with most on it; a page at the top is a kind of its own."""
    found: dict[str, list[str]] = {}
    for name in pages_of(site):
        found.setdefault(name.rpartition("/")[0] or name, []).append(name)
    return {kind: max(names, key=lambda name: (site / name).stat().st_size) for kind, names in found.items()}
