"""Pictures of a built site, for the README and for eyes.

python -m tests.browser.screenshots SITE OUTDIR [PAGES]      every look at the pages named, else one of each kind
python -m tests.browser.screenshots --readme docs/images     those that README and docs show, of the large home
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.large_home import make_large_home, publish
from tests.browser.opening import kinds_of

CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Look:
    """A way to look at a page."""

    name: str
    width: int
    height: int
    dark: bool = False
    whole: bool = False


README = {
    "overview": "index.html",
    "experiment": "experiments/engines_0.html",
    "regressions": "regressions.html",
    "compare": "compare.html",
}  # picture → page
LOOKS = (
    Look("light", 1440, 900),
    Look("dark", 1440, 900, dark=True),
    Look("whole", 1440, 900, whole=True),
    Look("phone", 390, 844, whole=True),
)


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium where there is one, else Playwright's own."""
    executable = CHROMIUM if Path(CHROMIUM).is_file() else None
    return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])


def take(browser: Browser, page_file: Path, look: Look, target: Path) -> None:
    """One picture of one page, opened from its file."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.dark else "light",
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(page_file.resolve().as_uri())
    # pictures below the fold load when they come near
    page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target, full_page=look.whole)
    context.close()


def take_all(site: Path, outdir: Path, pages: Mapping[str, str], looks: Sequence[Look]) -> None:
    """Every look at every page, as `NAME-LOOK.png`; as `NAME.png` where there is but one look."""
    outdir.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, page in pages.items():
            for look in looks:
                file = f"{name}-{look.name}.png" if len(looks) > 1 else f"{name}.png"
                take(browser, site / page, look, outdir / file)
        browser.close()


def main() -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readme", action="store_true", help="of the large home, for docs/images")
    parser.add_argument("folders", nargs="+", type=Path, help="the folder with index.html, OUTDIR; then pages")
    options = parser.parse_args()
    if options.readme:
        with tempfile.TemporaryDirectory() as folder:
            take_all(publish(make_large_home(Path(folder) / "home")), options.folders[0], README, LOOKS[:1])
        return
    site, outdir, *named = options.folders
    pages = [page.as_posix() for page in named] or list(kinds_of(site).values())
    take_all(site, outdir, {page.removesuffix(".html").replace("/", "-"): page for page in pages}, LOOKS)


if __name__ == "__main__":
    main()
