"""Pictures of a built site, for the README and for eyes: `python -m tests.browser.screenshots SITE OUTDIR [PAGES]`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Look:
    """A way to look at a page."""

    name: str
    width: int
    height: int
    dark: bool = False
    whole: bool = False


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


def main() -> None:
    """Take every look at every named page, the overview and the page of relay_opt by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path, help="the folder with index.html")
    parser.add_argument("outdir", type=Path)
    parser.add_argument("pages", nargs="*", default=["index.html", "experiments/relay_opt.html"])
    options = parser.parse_args()
    options.outdir.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for page in options.pages:
            for look in LOOKS:
                name = f"{Path(page).with_suffix('').as_posix().replace('/', '-')}-{look.name}.png"
                take(browser, options.site / page, look, options.outdir / name)
        browser.close()


if __name__ == "__main__":
    main()
