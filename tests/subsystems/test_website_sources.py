"""What the site is made from: vendored files as published, and the mkdocs.yml of the checkout."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_relaybench.bundled import folder
from pytest_relaybench.files import write_json
from pytest_relaybench.home import open_home
from pytest_relaybench.reading import read_config
from pytest_relaybench.subsystems import make_plan
from tests.subsystems.links import check_links
from tests.subsystems.loading import load
from tests.subsystems.sample_home import build_site, make_home

CHECKOUT = Path(__file__).resolve().parents[2]


def test_vendored_files_are_what_their_packages_published() -> None:
    """Every file is listed with its hash, every listed file is there, and each package has its licence."""
    root = folder("site") / "assets" / "vendor"
    packages = json.loads((root / "VENDOR.json").read_text(encoding="utf-8"))
    listed = {name: entry["sha256"] for package in packages for name, entry in package["files"].items()}
    present = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()} - {"VENDOR.json"}
    assert present == set(listed)
    assert {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in listed} == listed
    assert all(f"{package['name']}/LICENSE" in listed for package in packages)


def test_the_sample_homes_config_is_one_of_the_website() -> None:
    """The config that ships is valid, and active."""
    config = read_config(CHECKOUT / "home/config/subsystem/website/config.json", load("website").Config)
    assert config.active


@pytest.mark.parametrize("priority", [0, 100])
def test_the_site_comes_after_what_it_reads_from(tmp_path: Path, priority: int) -> None:
    """With nothing configured, and whatever its priority: only who reports on the site itself runs after it."""
    shutil.copytree(CHECKOUT / "home" / "config", tmp_path / "config")
    shutil.copy(CHECKOUT / "home" / "config.json", tmp_path)
    write_json(tmp_path / "config/subsystem/website/config.json", {"active": True, "priority": priority})
    order = [entry.name for entry in make_plan(open_home(tmp_path)).entries]
    before = {"deadline", "score", "stat_alerts", "exp_reports", "telemetry", "post_process"}
    assert set(order[: order.index("website")]) == before
    assert order[order.index("website") + 1 :] == ["subsys_reporter"]


def test_before_the_first_run_the_checkout_shows_how_to_make_one(tmp_path: Path) -> None:
    """`mkdocs build --strict` at the top of a fresh clone passes and gives one page with working assets."""
    built = _build(_checkout(tmp_path))
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "pytest bench/ --home home" in page
    found = check_links(built)
    assert found.outside == []
    assert [link for page, link in found.broken if page != "404.html"] == []


def test_after_a_run_the_checkout_shows_the_sample_homes_site(tmp_path: Path) -> None:
    """The same pages as the written folder, under the home's title; the written site stays as it is."""
    checkout = _checkout(tmp_path)
    home = make_home(checkout / "home", nights=2, pick=["matmul"], title="Nights of ours")
    site = build_site(home, nights=2)
    before = (site / "index.html").read_bytes()
    built = _build(checkout)
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "Nights of ours" in page
    assert 'href="experiments/matmul.html"' in page
    assert (built / "experiments" / "matmul.html").is_file()
    assert (site / "index.html").read_bytes() == before


def test_both_settings_come_from_one_base() -> None:
    """What keeps pages from the network stands in one file only."""
    base = yaml.safe_load((CHECKOUT / "site" / "mkdocs.base.yml").read_text(encoding="utf-8"))
    top = yaml.safe_load((CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert top["INHERIT"] == "site/mkdocs.base.yml"
    assert not {"plugins", "extra", "use_directory_urls"} & set(top)
    assert any("iframe-worker" in shim for shim in base["extra"]["polyfills"])
    assert base["theme"]["font"] is False


def _checkout(root: Path) -> Path:
    shutil.copytree(CHECKOUT / "site", root / "site", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "mkdocs.yml", root)
    return root


def _build(checkout: Path) -> Path:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return checkout / ".relaybench" / "site"
