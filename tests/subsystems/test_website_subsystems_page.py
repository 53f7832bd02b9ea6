"""The page of the subsystems: how each ended and fared, what it reported, what it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_relaybench.files import write_json, write_text
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.home import Home
from tests.subsystems.page_text import page_of, shown
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import LAST, build_site, make_home, run_id_of


def section(site: Path, name: str) -> str:
    """The part of the page that is about one subsystem, as a reader sees it."""
    return shown(html_of(site, name))


def html_of(site: Path, name: str) -> str:
    """The same as HTML."""
    return page_of(site, "subsystems").partition(f'id="{name}">')[2].partition("</section>")[0]


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A home of one night and one experiment."""
    return make_home(tmp_path / "home", nights=1, pick=["rnn_cells"])


def test_each_subsystem_with_its_outcome_and_report(records_site: Path) -> None:
    """In full; those that failed come first."""
    page = page_of(records_site, "subsystems")
    assert shown(page).count("8 subsystems, 1 failed: broken") == 1
    assert page.index('id="broken"') < page.index('id="deadline"')
    assert section(records_site, "broken").startswith("broken failed Took")
    assert "ValueError" in section(records_site, "broken")
    assert section(records_site, "subsys_reporter").startswith("subsys_reporter inactive")
    somebodys = section(records_site, "somebodys")
    assert f"<b>done</b> {' '.join(ATTACK.split())}" in somebodys
    assert f"one {' '.join(ATTACK.split())}" in somebodys
    assert "O3 over O0" in section(records_site, "score")


def test_how_it_fared_lately(records_site: Path) -> None:
    """A square for each of the last thirty runs, with its word and message; where nobody knows, no square."""
    score = html_of(records_site, "score")
    assert "failed in 1 of 30 runs" in shown(score)
    assert score.count('<span class="rb-sq ') == 30
    assert 'aria-label="2026-11-19: failed, 0.4 s, &lt;/title&gt;' in score
    assert score.count("✕") == 1
    assert "No earlier run tells how it ended." in section(records_site, "broken")
    assert "rb-sq" not in html_of(records_site, "broken")


def test_the_site_tells_of_itself(records_site: Path) -> None:
    """How it ended before; of tonight it cannot know."""
    own = html_of(records_site, "this-site")
    assert "how it ends is known tomorrow" in shown(own)
    assert own.count('<span class="rb-sq rb-sq-fine"') == 30


def test_what_it_left_for_people(records_site: Path) -> None:
    """By name and size, with the folder in the home; what the site shows is linked, and nothing else is copied."""
    score = html_of(records_site, "score")
    assert "HOME/results/subsystem/output/score" in shown(score)
    assert '<a href="scores.html">graphs/</a>' in score
    assert "report.json" not in score
    assert '<a href="atom.xml">atom.xml</a>' in html_of(records_site, "exp_reports")
    assert '<a href="figures.html">figures/</a>' in html_of(records_site, "post_process")
    deadline = html_of(records_site, "deadline")
    assert "<code>deadlines.json</code>" in deadline
    assert not list(records_site.rglob("deadlines.json"))


def test_of_many_files_the_first_are_named(small: Home) -> None:
    """Links and hidden files are passed over."""
    output = small.subsys_output_dir("score")
    for number in range(20):
        write_text(output / f"{number:02}.txt", "x")
    write_text(output / ".hidden", "x")
    (output / "link").symlink_to("/etc/passwd")
    score = section(build_site(small, 1), "score")
    assert "00.txt 1 B" in score
    assert "and 8 more" in score
    assert "hidden" not in score
    assert "passwd" not in score
    assert "link" not in score


def test_a_subsystem_that_is_still_to_run_says_so(small: Home) -> None:
    """Neither a success nor a failure; damage is a failure."""
    ready = Status(True, "", run_id_of(0, 1), LAST.isoformat())
    for name in ("subsys_reporter", "damaged"):
        write_json(small.subsys_config_file(name), {"active": True})
        write_status(small.subsys_status_dir(name) / "precheck.json", ready)
    write_text(small.subsys_status_dir("damaged") / "run.json", "{")
    site = build_site(small, 1)
    assert "runs after the site" in section(site, "subsys_reporter")
    assert "damaged failed" in section(site, "damaged")
    assert "its status cannot be read" in section(site, "damaged")
    assert "2x speedup on NLP: 4 of 5 RNNs" in section(site, "score")


def test_what_an_earlier_run_left_says_so(small: Home) -> None:
    """With the date of that run."""
    status = Status(True, "", run_id_of(0, 2), LAST.isoformat())
    write_json(small.subsys_config_file("stat_alert"), {"active": True})
    write_status(small.subsys_status_dir("stat_alert") / "run.json", status)
    write_json(small.subsys_output_dir("stat_alert") / "report.json", {"title": "Alerts", "value": "old news"})
    told = section(build_site(small, 1), "stat_alert")
    assert "as of 2026-11-21" in told
    assert "old news" in told


def test_without_subsystems_the_page_says_so(tmp_path: Path) -> None:
    """A home that has the site alone."""
    home = make_home(tmp_path, nights=0, pick=["none"])
    home.subsys_config_file("score").unlink()
    site = build_site(home, 0)
    assert "0 subsystems" in shown(page_of(site, "subsystems"))


def test_text_of_any_origin_is_text(records_site: Path) -> None:
    """Messages, reports, and what an old run said in a square."""
    page = page_of(records_site, "subsystems")
    assert "window.hacked" in page
    for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript', '" onmouseover'):
        assert piece not in page
