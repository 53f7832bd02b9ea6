"""The pages of the runs: what each row tells, the squares, the years, and what stays as it is."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.judging.keeping import verdicts_file
from tests.subsystems.loading import load
from tests.subsystems.page_text import page_of, shown
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import build_site, dashboard_of, make_home, run_id_of
from tests.subsystems.sample_records import plain_run, write_runs

PACKAGE = load("website").__name__
nights, page, outcomes, site_module = (
    sys.modules[f"{PACKAGE}.{name}"] for name in ("nights", "runs.page", "runs.outcomes", "site")
)
LAST = datetime(2027, 1, 20, 3, tzinfo=UTC)


def empty_home(root: Path) -> Home:
    """A home without experiments."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    return open_home(root)


def pages_of(home: Home, run_id: str) -> dict[str, str]:
    """The Markdown of the pages of the runs, as the run leaves them."""
    dashboard = dashboard_of(home, 0)
    dashboard = type(dashboard)(home, run_id, dashboard.table)
    return dict(page.runs(site_module.site_of(dashboard, "website")).pages)


def row(page_html: str, run_id: str) -> str:
    """The row of a run."""
    return page_html.partition(f'<tr id="run-{run_id}"')[2].partition("</tr>")[0]


def test_every_night_with_its_seed_and_order(records_site: Path) -> None:
    """Also the one that was interrupted; a selection of tests says that it is one."""
    html = page_of(records_site, "runs")
    assert html.count('<tr id="run-') == 40
    newest = shown(row(html, run_id_of(39, 40)))
    assert "2026-11-22 03:00 UTC against the night before this run" in newest
    assert re.search(r"relay_opt \d+ min \d+ s cnn_comp failed in run", newest)
    assert f"pytest bench/ --home HOME --run-seed {7919 * 40}" in newest
    assert "interrupted" in shown(row(html, run_id_of(12, 40)))
    assert "a selection of tests" in shown(row(html, run_id_of(37, 40)))


def test_a_row_leads_to_the_comparison_with_the_night_before(records_site: Path) -> None:
    """The first night of all has none before it."""
    html = page_of(records_site, "runs")
    assert f'href="compare.html?candidate={run_id_of(39, 40)}"' in row(html, run_id_of(39, 40))
    assert "compare.html" not in row(html, run_id_of(0, 40))


def test_archives_and_raw_samples_with_their_sizes(records_site: Path) -> None:
    """What is missing is told with its name, and why where that is known."""
    html = page_of(records_site, "runs")
    newest, before, old = (shown(row(html, run_id_of(night, 40))) for night in (39, 38, 0))
    name = f"dashboard_{run_id_of(38, 40)}_after.tar.zst"
    assert f"archive after the run: {name} 1.53 MiB" in before
    assert "archive after the run: made when the run has ended" in newest
    assert f"archive before the run: not there dashboard_{run_id_of(0, 40)}_before.tar.zst" in old
    assert "raw samples: not there" in old
    assert "an interrupted run makes none" in shown(row(html, run_id_of(12, 40)))


def test_verdicts_and_gate_of_each_night(records_site: Path) -> None:
    """Tonight's as judged, older ones as `run.json` tells; a shut gate is red."""
    html = page_of(records_site, "runs")
    assert "5 slower" in shown(row(html, run_id_of(39, 40)))
    assert "2 slower of 100 series" in shown(row(html, run_id_of(38, 40)))
    shut = row(html, run_id_of(36, 40))
    assert '<span class="rb-worse">2 series are worse' in shut
    assert '<span class="rb-worse">' not in row(html, run_id_of(35, 40)).split('data-label="Gate"')[1].split("</td>")[0]


def test_verdicts_of_runs_before_run_json_told_them(tmp_path: Path) -> None:
    """They are read from what the night kept, and nothing is judged anew; damage is no verdict."""
    home = make_home(tmp_path, nights=3, pick=["matmul"])
    series = [{"kind": "slower"}, {"kind": "slower"}, {"kind": "same"}, {"kind": 7}, "x"]
    write_json(verdicts_file(home, run_id_of(1, 3)), {"series": series})
    verdicts_file(home, run_id_of(0, 3)).write_text("[", encoding="utf-8")
    html = page_of(build_site(home, 3), "runs")
    assert "2 slower of 3 series" in shown(row(html, run_id_of(1, 3)))
    assert "series" not in shown(row(html, run_id_of(0, 3)).split('data-label="Verdicts"')[1].split("</td>")[0])


def test_squares_show_which_experiment_failed_when(records_site: Path) -> None:
    """The most trouble first; each square has a word and a link to its night, and colour never speaks alone."""
    html = page_of(records_site, "runs")
    table = html.split('class="rb-outcomes"')[1].split("</table>")[0]
    rows = table.split("<tbody>")[1].split("</tr>")[:-1]
    assert [shown(row).split()[0] for row in rows] == ["attack", "cnn_comp", "relay_opt"]
    cnn = rows[1]
    assert cnn.count("<td") == 41
    assert cnn.count("✕") == 1
    run = run_id_of(39, 40)
    assert f'<a href="#run-{run}" title="cnn_comp, 2026-11-22: failed in run" aria-label="cnn_comp, 2026-11-22' in cnn
    assert cnn.count('tabindex="-1">·</a>') == 39  # by keyboard one stops at what is worth it
    assert table.count('<th scope="col"><a href="#run-') == 40


def test_many_experiments_are_told_by_their_trouble() -> None:
    """More than sixty have no row each; those that failed most do, and the others are counted."""
    fine, failed = ({"stages": {"run": word}} for word in ("success", "failed"))
    told = {"experiments": {f"e{n:03}": failed if n % 7 == 0 else fine for n in range(500)}, "complete": True}
    found = outcomes.outcomes_of([nights._night(told, f"20261122T0300{n:02}.000000Z", "") for n in range(3)])
    assert len(found.rows) == 60
    assert all(row.failed == 3 for row in found.rows)
    assert (found.left_out, found.left_out_failed) == (440, 12)


def test_an_old_years_page_stays_as_it_is(tmp_path: Path) -> None:
    """Byte for byte, when nights are added; the newest sixty are on the first page whatever their year."""
    home = empty_home(tmp_path)
    run_id = write_runs(home, LAST, 420)
    before = pages_of(home, run_id)
    assert sorted(before) == ["runs.md", "runs/2025.md", "runs/2026.md", "runs/2027.md"]
    later = write_runs(home, LAST + timedelta(days=3), 3)
    after = pages_of(home, later)
    assert {name for name in before if before[name] == after[name]} == {"runs/2025.md", "runs/2026.md"}
    assert after["runs.md"].count('<tr id="run-') == 60
    assert after["runs/2026.md"].count('<tr id="run-') == 365
    assert sum(text.count('<tr id="run-') for name, text in after.items() if name != "runs.md") == 423


def test_a_link_to_any_run_holds_for_ever(tmp_path: Path) -> None:
    """It leads to the page of its year; a run that nobody knows has none."""
    home = empty_home(tmp_path)
    run_id = write_runs(home, LAST, 80)
    dashboard = dashboard_of(home, 0)
    site = site_module.site_of(type(dashboard)(home, run_id, dashboard.table), "website")
    assert site.place_of_run(run_id) == f"runs/2027.html#run-{run_id}"
    oldest = site.nights[-1]
    assert site.place_of_run(oldest.run_id) == f"runs/2026.html#run-{oldest.run_id}"
    assert site.place_of_run("20200101T030000.000000Z") == ""


def test_of_old_nights_little_is_kept_in_mind(tmp_path: Path) -> None:
    """What failed, and the counts; their order is what the seed gives."""
    home = empty_home(tmp_path)
    write_runs(home, LAST, 70, tuple("abc"))
    found = nights.nights_of(SimpleNamespace(home=home, run_id=""))
    assert len(found) == 70
    assert [len(night.order) for night in (found[0], found[59], found[60])] == [3, 3, 0]
    old = next(night for night in found[60:] if night.failed)
    assert [part.name for part in old.parts] == ["a"]
    assert old.counts == {"failed": 1, "fine": 2}


def test_an_older_night_links_nothing_that_may_go(tmp_path: Path) -> None:
    """The page of a year does not change when an experiment is removed from the home."""
    home = empty_home(tmp_path)
    run_id = write_runs(home, LAST, 70)
    assert "experiments/" not in pages_of(home, run_id)["runs/2026.md"]


@pytest.mark.parametrize(
    "changes",
    [
        {"experiments": [1], "order": "abc", "machine": [], "gate": "x", "verdicts": {"slower": "many"}},
        {"order": None, "seed": "x", "duration_s": "long", "subsystems": 3, "versions": []},
        {"experiments": {"a": None, ATTACK: {"stages": {"run": "failed"}, "message": None}}, "order": [ATTACK, 7]},
    ],
)
def test_a_strange_run_costs_no_other(tmp_path: Path, changes: dict[str, object]) -> None:
    """Whatever `run.json` holds, the others have their rows, and nothing of it is markup."""
    home = empty_home(tmp_path)
    run_id = write_runs(home, LAST, 2)
    begun = LAST - timedelta(days=9)
    strange = f"{begun:%Y%m%dT%H%M%S.%f}Z"
    write_json(home.run_dir(strange) / "run.json", {**plain_run(begun, strange, ("a",), bad=False), **changes})
    (home.run_dir(strange).parent / "20260101T030000.000000Z").mkdir()
    text = pages_of(home, run_id)["runs.md"]
    assert text.count('<tr id="run-') == 3
    assert "<script>window" not in text


def test_a_run_folder_of_any_name(tmp_path: Path) -> None:
    """Gets an id that a page can have, and a page for what has no date."""
    home = empty_home(tmp_path)
    run_id = write_runs(home, LAST, 1)
    name = 'x "<b> y'
    write_json(home.run_dir(name) / "run.json", plain_run(LAST, name, ("a",), bad=False))
    pages = pages_of(home, run_id)
    assert "runs/undated.md" in pages
    assert re.search(r'<tr id="run-x-b-y-[0-9a-f]{6}"', pages["runs/undated.md"])


def test_text_of_any_origin_is_text(records_site: Path) -> None:
    """On all pages of the runs."""
    for name in ("runs", "runs/2026"):
        html = page_of(records_site, name)
        assert "window.hacked" in html
        for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript'):
            assert piece not in html
