"""What the site tells of the other subsystems, of skipped tests and of the machine."""

from __future__ import annotations

import csv
import html
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_relaybench.files import write_json, write_text
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.home import Home
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK, NEEDS_ONNX
from tests.subsystems.sample_home import LAST, build_site, dashboard_of, make_home, run_id_of

PACKAGE = load("website").__name__
told, deadlines, experiments, scores, scores_page = (
    sys.modules[f"{PACKAGE}.{name}"] for name in ("told", "deadlines", "experiments", "scores", "scores_page")
)
TONIGHT = run_id_of(39, 40)


def page_of(site: Path, name: str = "index") -> str:
    """The HTML of a page."""
    return (site / f"{name}.html").read_text(encoding="utf-8")


def shown(page: str) -> str:
    """The page's text, as a reader sees it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).replace("\xa0", " ")


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """A home of one night and one experiment."""
    return make_home(tmp_path / "home", nights=1, pick=["rnn_cells"])


def told_of(home: Home) -> Any:
    """What the small home's subsystems left."""
    return told.told_of(dashboard_of(home, 1), "website", [])


def test_alerts_stand_above_the_experiments(site: Path) -> None:
    """With their own text."""
    above = page_of(site).split('id="experiments"')[0].split('id="alerts"')[1]
    assert "Alerts for Relax optimisation levels" in shown(above)
    assert "vgg-16" in shown(above)
    assert '<details class="rb-alerts" id="alerts" open' in page_of(site)


def test_alerts_that_could_not_be_found_are_not_silence(small: Home) -> None:
    """A failed stat_alerts is said where alerts would stand; one of an earlier run is no news."""
    status = Status(False, "the table is gone", run_id_of(0, 1), LAST.isoformat())
    write_json(small.subsys_config_file("stat_alert"), {"active": True})
    write_status(small.subsys_status_dir("stat_alert") / "run.json", status)
    assert "stat_alert: the table is gone" in shown(page_of(build_site(small, 1)).split('id="alerts"')[1])
    write_status(
        small.subsys_status_dir("stat_alert") / "run.json",
        Status(True, "", run_id_of(0, 2), LAST.isoformat()),
    )
    write_json(small.subsys_output_dir("stat_alert") / "report.json", {"title": "Alerts", "value": "old news"})
    page = page_of(build_site(small, 1))
    assert 'id="alerts"' not in page


def test_deadlines_tell_their_date_without_a_script(site: Path) -> None:
    """Soonest first, as of the zone they are due in, then what passed in the last week; nothing older."""
    list_ = page_of(site).split('id="deadlines"')[1].split("</ul>")[0]
    assert shown(list_).index("A paper") < shown(list_).index(ATTACK) < shown(list_).index("Just missed")
    assert "A paper 2026-11-25 23:59 UTC-12:00" in shown(list_)
    assert 'data-until="2026-11-25T23:59:59-12:00"' in list_
    assert "Long gone" not in list_


TWO = [{"name": "z", "date_iso": "2027-01-02T00:00:00Z"}, {"name": "y", "date_iso": "2027-01-01T00:00:00Z"}, 1]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("[", []),
        ("{}", []),
        ('[3, {"name": "a"}, {"name": "b", "date_iso": "soon"}, {"name": "c", "date_iso": "2027-01-01"}]', []),
        (json.dumps(TWO), ["y", "z"]),
    ],
)
def test_damaged_deadlines_cost_only_themselves(tmp_path: Path, content: str, names: list[str]) -> None:
    """A moment without a zone is none."""
    write_text(tmp_path / "deadlines.json", content)
    assert [due.name for due in deadlines.deadlines_of(tmp_path, datetime(2026, 12, 1, tzinfo=UTC))] == names


def test_scores_are_on_the_overview_and_have_a_page(site: Path) -> None:
    """Newest score as text with its date, its nights, its pictures, and why there is none."""
    assert "O3 over O0: 3.15x (geometric mean of 4 series)" in shown(page_of(site).split('id="scores"')[1])
    page = page_of(site, "scores")
    levels = page.split('id="levels"')[1].split("<section>")[0]
    assert "O3 over O0: 3.15x (geometric mean of 4 series) 2026-11-22" in shown(levels)
    assert "2026-11-21 O3 over O0: 3.00x" in shown(levels)
    assert '<svg class="rb-plot"' in levels
    pictures = re.findall(r'src="(scores/[^"]+)"', levels)
    assert len(pictures) == 3
    assert all((site / picture).is_file() for picture in pictures)
    unscored = shown(page.split('id="rnn_score"')[1])
    assert "No score yet" in unscored
    assert "not scored in this run not part of this run: treelstm" in unscored


def test_every_score_of_every_night_is_there_as_csv(site: Path, home: Home) -> None:
    """Numbers with all their digits; a title that looks like a formula is text to a spreadsheet."""
    assert 'href="scores/scores.csv"' in page_of(site, "scores")
    with (site / "scores/scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    levels = [row for row in rows if row["metric"] == "levels"]
    kept = [json.loads(path.read_bytes()) for path in sorted(_score_files(home, "levels"))[-2:]]
    assert [(row["run_id"], float(row["value"])) for row in levels] == [(one["run_id"], one["value"]) for one in kept]
    assert [row["timestamp"][:10] for row in levels] == ["2026-11-21", "2026-11-22"]
    night = scores.ScoreNight("20261122T030000.000000Z", "=cmd()", 50.0, "%", 1.0, 2.0)
    told = scores_page.csv_of([scores.Score("a", "A", "", "", [night], [])]).decode()
    assert told.splitlines()[1] == "a,20261122T030000.000000Z,2026-11-22T03:00:00+00:00,50.0,%,1.0,2.0,'=cmd()"


def _score_files(home: Home, metric: str) -> list[Path]:
    folder = home.subsys_output_dir("score") / "data" / metric
    return [path for path in folder.glob("data_*.json") if "damaged" not in path.name]


def test_an_older_score_says_of_when_it_is(small: Home) -> None:
    """On the overview and on its page; entries that are none are passed over."""
    output = small.subsys_output_dir("score")
    entries = [{"name": "kept", "title": "Kept", "problem": "it did not run"}, {"name": "../up"}, 3, {"title": "x"}]
    write_json(output / "scores.json", {"schema": 1, "scores": entries})
    write_json(output / "data/kept/data_x.json", {"run_id": run_id_of(0, 3), "text": "Kept: 3 of 4", "value": 75})
    site = build_site(small, 1)
    assert "Kept: 3 of 4 as of 2026-11-20" in shown(page_of(site).split('id="scores"')[1])
    assert "Kept: 3 of 4 as of 2026-11-20" in shown(page_of(site, "scores"))
    assert [score.name for score in told_of(small).scores] == ["kept"]


def test_feeds_lie_beside_the_pages_and_every_page_names_them(site: Path, home: Home) -> None:
    """As they were written; relative, so that they are found from a file too."""
    for name, kind in (("atom.xml", "application/atom+xml"), ("feed.json", "application/feed+json")):
        assert (site / name).read_bytes() == (home.subsys_output_dir("exp_reports") / name).read_bytes()
        for page, link in (("index", name), ("experiments/matmul", f"../{name}")):
            assert re.search(
                rf'<link rel="alternate feed" type="{re.escape(kind)}" [^>]*href="{link}"', page_of(site, page)
            )
        assert f'<a href="{name}"' in page_of(site)
    assert "as of" not in shown(page_of(site).split("The nights as a feed")[1].split("</p>")[0])


def test_a_feed_of_an_earlier_run_stays_and_says_so(small: Home) -> None:
    """Its entries have their own dates; once nobody writes it any more it goes."""
    write_json(small.subsys_config_file("exp_results"), {"active": True})
    output = small.subsys_output_dir("exp_results")
    write_json(output / "feed.json", {"items": [{"date_published": "2026-11-19T03:00:00+00:00"}]})
    site = build_site(small, 1)
    assert "The nights as a feed: JSON Feed as of 2026-11-19" in shown(page_of(site))
    write_json(small.subsys_config_file("exp_results"), {"active": False})
    build_site(small, 1)
    assert not (site / "feed.json").exists()
    assert 'href="feed.json"' not in page_of(site)


def test_telemetry_is_one_folded_part_after_the_graphs(site: Path) -> None:
    """With what was seen, what the machine does not tell, and pictures that stand nowhere else."""
    page = page_of(site, "experiments/rnn_cells")
    before, folded = page.split('<details class="rb-metric" id="telemetry">')
    folded = folded.split("</details>")[0]
    assert 'id="graphs"' in before
    assert "/telemetry/" not in before
    assert len(re.findall(r'<img src="../graphs/rnn_cells/telemetry/', folded)) == 2
    for line in ("other processes, share of all cores 31.0 %", "no GPU no NVIDIA driver", "2.79 GiB"):
        assert line in shown(folded)


def test_a_disturbed_experiment_says_so_beside_its_status(site: Path) -> None:
    """On the overview and on its page; a quiet one says nothing."""
    cell = page_of(site).split('href="experiments/rnn_cells.html"')[1].split("</td>")[0]
    assert "other processes used 31 % of all cores" in cell
    assert "Not a quiet machine: other processes used 31 % of all cores" in shown(
        page_of(site, "experiments/rnn_cells")
    )
    assert "Not a quiet machine" not in page_of(site, "experiments/matmul")


def test_skipped_tests_are_told_by_reason(site: Path) -> None:
    """How many there are on the overview, each reason once with its number of tests on the page."""
    assert '#skipped">3 skipped</a>' in page_of(site)
    part = page_of(site, "experiments/rnn_cells").split('id="skipped"')[1].split("</ul>")[0]
    assert [shown(part).count(words) for words in (f"2 skipped {NEEDS_ONNX}", "1 skipped torch has no loop")] == [1, 1]
    assert part.count("test_rnn_cells.py::test_infer[onnxruntime-") == 3
    assert "Tests that failed" not in page_of(site, "experiments/rnn_cells")


def test_what_an_older_record_tells_is_not_of_tonight(tmp_path: Path) -> None:
    """A run that measured nothing skipped nothing that is known, and nobody knows how quiet its machine was."""
    home = make_home(tmp_path / "home", nights=2, pick=["rnn_cells"])
    home.data_file("rnn_cells", run_id_of(1, 2)).unlink()
    ((found, _),) = experiments.experiments_of(dashboard_of(home, 2), [])
    assert (found.skipped, found.disturbances) == (0, [])
    assert [len(group.tests) for group in found.skips] == [2, 1]


def test_subsystems_are_one_line_that_leads_to_their_page(site: Path) -> None:
    """How many there are and which failed; the site's own end is not known yet."""
    line = page_of(site).split('id="subsystems"')[1].split("</p>")[0]
    assert '<a href="subsystems.html">' in line
    assert shown(f"<p{line}").strip() == "8 subsystems, 1 failed: broken"


def test_figures_can_be_taken_along(site: Path, home: Home) -> None:
    """The PNG is shown, every format and the data linked; without figures there is no such page."""
    page = page_of(site, "figures")
    assert '<img src="figures/opt-levels-cpu.png"' in page
    drawn = home.subsys_output_dir("post_process") / "figures"
    for kind in ("png", "pdf", "svg", "csv"):
        assert f'href="figures/opt-levels-cpu.{kind}"' in page
        assert (site / f"figures/opt-levels-cpu.{kind}").read_bytes() == (drawn / f"opt-levels-cpu.{kind}").read_bytes()
    assert "left out: no rnn_cells <b>tonight</b>" in shown(page)


def test_without_subsystems_there_are_no_pages_of_theirs(small: Home) -> None:
    """Nor links to them, nor empty headings."""
    site = build_site(small, 1)
    assert not (site / "scores.html").exists()
    assert not (site / "figures.html").exists()
    for part in ("scores.html", "figures.html", 'id="alerts"', 'id="deadlines"', "as a feed", "rb-news"):
        assert part not in page_of(site)
