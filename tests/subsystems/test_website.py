"""The website subsystem over a realistic home: what it writes, what it leaves alone, and that its links hold."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.files import write_json
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import PUBLIC_COLUMNS
from pytest_relaybench.home import Home
from tests.subsystems.links import check_links
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import build_site, dashboard_of, make_home, run_id_of


def text_of(page: Path) -> str:
    """The page's HTML without white space at line ends."""
    return page.read_text(encoding="utf-8")


def stamps(root: Path) -> dict[str, int]:
    """Every file below `root` with the time of its last write."""
    return {str(path.relative_to(root)): path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


def test_the_site_lies_where_people_look_for_it(site: Path) -> None:
    """index.html is in the web root itself, and the folder it was built from beside it."""
    assert (site / "index.html").is_file()
    assert (site / "source" / "mkdocs.yml").is_file()
    assert (site / "source" / "docs" / "index.md").is_file()


def test_every_link_and_asset_resolves_and_none_leads_outside(site: Path) -> None:
    """Anchors included; no link leads to another host. Labels name ids that are there, no id is there twice."""
    found = check_links(site)
    assert found.pages >= 16
    assert found.links > 300
    assert (found.broken, found.outside, found.dangling, found.doubled) == ([], [], [], [])


def test_nothing_in_the_site_names_a_host_to_load_from(site: Path) -> None:
    """Neither a style sheet nor a page's script element nor an import reaches out."""
    loads = re.compile(rb"""(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import|unpkg\.com|googleapis""")
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert [str(page) for page in pages if loads.search(page.read_bytes())] == []


def test_the_written_folder_builds_strictly_by_itself(site: Path, tmp_path: Path) -> None:
    """It needs nothing of this program: copied elsewhere, plain `mkdocs build --strict` passes."""
    shutil.copytree(site / "source", tmp_path / "copy")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "built")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=tmp_path / "copy", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert (tmp_path / "built" / "index.html").is_file()


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """So that `mkdocs serve` sleeps and backups stay small."""
    home = make_home(tmp_path / "home", nights=3, pick=["matmul", "quant_comp"])
    before = stamps(build_site(home, nights=3))
    after = stamps(build_site(home, nights=3))
    assert after == before


def test_a_vanished_experiment_vanishes_from_the_site(tmp_path: Path) -> None:
    """Its page, data and graphs go from source and web root; what somebody else put there stays."""
    home = make_home(tmp_path / "home", nights=2, pick=["relay_opt", "matmul"])
    site = build_site(home, nights=2)
    write_json(site / "report.json", {"title": "not ours", "value": ""})
    assert (site / "experiments" / "relay_opt.html").is_file()
    assert list((site / "graphs" / "relay_opt").rglob("*.png"))
    shutil.rmtree(home.exp_config_file("relay_opt").parent)
    build_site(home, nights=2)
    assert [str(path) for path in site.rglob("*relay_opt*")] == []
    assert "relay_opt" not in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "report.json").is_file()
    assert check_links(site).broken == []


def test_a_build_that_fails_leaves_the_old_site_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message carries what MkDocs said."""
    home = make_home(tmp_path / "home", nights=2, pick=["matmul"])
    site = build_site(home, nights=2)
    before = (site / "index.html").read_bytes()
    website = load("website")
    broken = "site_name: x\ntheme: no-such-theme\n"
    monkeypatch.setitem(website.source_of.__globals__, "settings", lambda *_: broken)
    with pytest.raises(SubsystemError, match="no-such-theme"):
        website.run(dashboard_of(home, 2), website.Config(active=True), site)
    assert (site / "index.html").read_bytes() == before


def test_the_overview_tells_the_night_in_one_line(site: Path) -> None:
    """Whether it is in order, counts of what should be looked at, the machine, and when it was."""
    strip = text_of(site / "index.html").split('class="rb-strip rb-tonight"')[1].split("</dl>")[0]
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", strip))
    for part in (
        "Somebody should look",
        "experiments 12",
        "failed 4",
        "regressions 1",
        "broken 1",
        "missing 4",
        "not in this run 1",
        "machine remarks 1",
        "improvements 1",
        "inactive 1",
    ):
        assert part in told
    assert "2026-11-22 03:00 UTC" in told
    assert "AMD EPYC 7313" in told
    assert f"#run-{run_id_of(39, 40)}" in strip


def test_the_overview_names_the_failed_stage_and_begins_its_message(site: Path) -> None:
    """And puts the failed experiments first."""
    page = text_of(site / "index.html")
    assert "<b>run:</b> 2 of 8 tests failed" in page
    assert "<b>setup:</b> FileNotFoundError: names.zip the list of names is gone" in page
    rows = re.findall(r'<a href="experiments/(\w+)\.html">', page)
    assert set(rows[:4]) == {"cnn_comp", "attack", "char_rnn", "versions"}


def test_then_comes_what_needs_somebody(site: Path) -> None:
    """Worse on the nights or side by side, then left out, then changed for the better, then calm."""
    rows = re.findall(r'<a href="experiments/(\w+)\.html">', text_of(site / "index.html"))
    calm = ["matmul", "quant_comp", "never_ran", "treelstm"]
    assert rows[4:] == ["branches", "relay_opt", "left_out", "rnn_cells", *calm]


def test_many_series_are_told_by_their_mean_and_the_worst_by_name(site: Path) -> None:
    """One bad series out of eighty is not hidden by the first or by the mean."""
    row = _row(site, "relay_opt")
    assert "651 µs to 212 ms" in row
    assert "16 series" in row
    assert "1 slower, of 80" in row
    assert "+9.1 % [+8.3 %, +9.5 %] vgg-16 O3" in row
    assert "vgg-16 O3 since 2026-11-13" in row


def test_what_is_older_than_this_run_says_so(site: Path) -> None:
    """Values, summary, graphs and stages carry their own date."""
    assert "as of 2026-11-18" in _row(site, "char_rnn")
    assert "as of 2026-11-19" in _row(site, "left_out")
    page = text_of(site / "experiments" / "char_rnn.html")
    for heading in ("Values", "Summary", "Graphs", "As run"):
        assert re.search(rf'<h2 id="[a-z-]+">{heading} <span class="rb-old">as of 2026-11-18</span>', page), heading
    assert "success then" in page


def test_inactive_and_unrun_experiments_have_pages_that_say_so(site: Path) -> None:
    """Neither is an error, and neither looks like a result."""
    assert "Inactive: its config says" in text_of(site / "experiments" / "treelstm.html")
    assert "It has not been in a run yet" in text_of(site / "experiments" / "never_ran.html")


def test_a_page_shows_every_series_and_what_did_not_pass(site: Path) -> None:
    """With sizes scaled, statistics in the same unit, and the failure's own text."""
    page = text_of(site / "experiments" / "relay_opt.html")
    table = page.split('id="metric-time"')[1].split("</table>")[0]
    assert table.count("<tr") == 17
    assert "MiB" in page.split('id="metric-artifact_size"')[1]
    assert "batch_size 1" in page.split('id="values"')[1].split("</p>")[0]
    failed = text_of(site / "experiments" / "cnn_comp.html")
    assert "largest difference 0.31 at (0, 17), tolerance 1e-3" in failed
    assert "Failed in run" in failed


def test_raw_data_is_the_record_itself_and_the_whole_history(site: Path, home: Home) -> None:
    """JSON as written, CSV with the public columns."""
    record = home.data_file("matmul", run_id_of(39, 40)).read_bytes()
    assert (site / "data" / "matmul.json").read_bytes() == record
    rows = list(csv.DictReader(io.StringIO((site / "data" / "matmul.csv").read_text(encoding="utf-8"))))
    assert list(rows[0]) == PUBLIC_COLUMNS
    assert len(rows) == 40 * 6


def test_text_of_any_origin_is_never_markup(site: Path) -> None:
    """Not one element, attribute or link of any page comes from a title, message, name, unit or path."""
    for page in [*site.glob("*.html"), *site.glob("experiments/*.html")]:
        html = page.read_text(encoding="utf-8")
        assert "<script>window.hacked" not in html, page
        assert "<img src=x" not in html, page
        assert 'href="javascript:alert' not in html, page
        assert html.split("</head>")[0].count("</title>") == 1, page
        assert "Content-Security-Policy" in html, page


def test_the_homes_title_is_text_too(site: Path) -> None:
    """In the header of every page and in mkdocs.yml."""
    page = text_of(site / "runs.html")
    assert "<title>Runs - Relay &amp; &lt;b&gt;Friends&lt;/b&gt;</title>" in page
    settings = yaml.safe_load((site / "source" / "mkdocs.yml").read_text(encoding="utf-8"))
    assert [next(iter(plugin)) if isinstance(plugin, dict) else plugin for plugin in settings["plugins"]] == [
        "search",
        "offline",
    ]
    assert settings["use_directory_urls"] is False
    assert settings["theme"]["font"] is False


def test_a_title_cannot_become_settings(tmp_path: Path) -> None:
    """YAML, MkDocs' own tags and half a surrogate pair in a title are a title."""
    title = "!ENV HOME\nplugins: [privacy]"
    home = make_home(tmp_path / "home", nights=1, pick=["matmul"], title=title)
    home.exp_config_file("matmul").write_text('{"active": true, "title": "half \\ud800 pair\\u202e"}', encoding="utf-8")
    site = build_site(home, nights=1)
    settings = yaml.safe_load((site / "source" / "mkdocs.yml").read_text(encoding="utf-8"))
    assert settings["site_name"] == "!ENV HOME plugins: [privacy]"
    assert "half \ufffd pair\ufffd" in (site / "index.html").read_text(encoding="utf-8")


def test_an_empty_home_has_a_site_that_says_what_to_do(tmp_path: Path) -> None:
    """No experiment, no run: still an overview and a runs page without dead links."""
    home = make_home(tmp_path / "home", nights=0, pick=["none"])
    site = build_site(home, nights=0)
    page = text_of(site / "index.html")
    assert "No run has ended in this home yet" in page
    assert "This home configures no experiment yet" in page
    assert "No run has ended" in text_of(site / "runs.html")
    assert check_links(site).broken == []


def test_damage_in_a_home_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """A broken config, status, record, summary and run.json each leave a site with everything else."""
    home = make_home(tmp_path / "home", nights=2, pick=["matmul", "quant_comp", "rnn_cells"])
    home.exp_config_file("matmul").write_text("{", encoding="utf-8")
    fault = "config/experiments/matmul/config.json: not valid JSON at line 1"
    write_status(home.exp_status_dir("matmul") / "precheck.json", Status(False, fault, run_id_of(1, 2), "", 0.1))
    (home.exp_status_dir("rnn_cells") / "run.json").write_text("]", encoding="utf-8")
    (home.exp_summary_dir("rnn_cells") / "summary.json").write_text("[]", encoding="utf-8")
    home.data_file("rnn_cells", run_id_of(1, 2)).write_text('{"schema": 99}', encoding="utf-8")
    (home.run_dir(run_id_of(1, 2)) / "run.json").write_text("{", encoding="utf-8")
    site = build_site(home, nights=2)
    page = text_of(site / "index.html")
    assert "not valid JSON at line 1" in page
    assert "schema 99 is unknown" in page
    assert (site / "experiments" / "rnn_cells.html").is_file()
    assert check_links(site).broken == []


def test_another_machine_begins_another_history(tmp_path: Path) -> None:
    """Nights of the old machine are not compared with the new one's, and the page says so."""
    home = make_home(tmp_path / "home", nights=4, pick=["rnn_cells"])
    for night in (2, 3):
        path = home.data_file("rnn_cells", run_id_of(night, 4))
        record = json.loads(path.read_bytes())
        record["machine"] = {**record["machine"], "id": "another"}
        write_json(path, record)
    site = build_site(home, nights=4)
    page = text_of(site / "experiments" / "rnn_cells.html")
    assert "The machine changed on 2026-11-21" in page
    assert "2 nights" in page


def _row(site: Path, name: str) -> str:
    """The overview's row of one experiment, as text."""
    rows = text_of(site / "index.html").split("<tbody>")[1].split("</tbody>")[0].split("<tr ")
    row = next(row for row in rows if f"experiments/{name}.html" in row)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).replace("\xa0", " ")


def test_the_attack_is_as_nasty_as_the_probe_found() -> None:
    """The sample's title holds every kind that ran script in the probe."""
    for kind in ("</title><script>", "`x`", "](javascript:", "{ onmouseover=", "<img src=x onerror="):
        assert kind in ATTACK
