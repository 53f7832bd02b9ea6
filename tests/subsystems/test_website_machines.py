"""The page of the machines: each that ever ran, its sentinels, its changes, and the software."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.home import SENTINELS, Home
from tests.subsystems.loading import load
from tests.subsystems.page_text import page_of, shown
from tests.subsystems.sample_home import LAST, VERSIONS, build_site, dashboard_of, make_home, run_id_of
from tests.subsystems.sample_records import BEFORE, OLD_MACHINE, write_runs

PACKAGE = load("website").__name__
machine, changed, sentinel, site_module = (
    sys.modules[f"{PACKAGE}.{name}"] for name in ("machines.machine", "machines.changed", "machines.sentinel", "site")
)
SECTION = '<section class="rb-one-machine"'


def machines_in(home: Home) -> list:
    """The machines that the site tells of."""
    return list(site_module.site_of(dashboard_of(home), "website").told.machines)


def test_every_machine_that_ever_ran_the_newest_first(records_site: Path) -> None:
    """With its nights; one that did not run tonight says so."""
    newest, old = page_of(records_site, "machines").split(SECTION)[1:]
    assert 'id="machine-5d2f0a1b9c3e"' in newest
    assert "28 nights, 2026-10-26 to 2026-11-22" in shown(newest)
    assert "not in this run" not in shown(newest)
    assert f"{OLD_MACHINE['cpu_model']}, 32 cores, 128 GiB, bench-0" in shown(old)
    assert "12 nights, 2026-10-14 to 2026-10-25 not in this run" in shown(old)


def test_sentinels_of_each_machine(records_site: Path) -> None:
    """Before and after the tests, drift, verdict over its own nights, trend; of an old one as of its last night."""
    newest, old = page_of(records_site, "machines").split(SECTION)[1:]
    rows = [shown(row) for row in newest.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]]
    assert [row.split(" same")[0].split(" unsure")[0] for row in rows] == [
        "integer loop 6.11 ms 6.11 ms no change",
        "memory copy 11.0 ms 11.0 ms no change",
        "blas matmul 8.22 ms 9.53 ms +16.0 %",
        "process start 9.32 ms 9.32 ms no change",
    ]
    assert newest.count('class="rb-spark"') == old.count('class="rb-spark"') == 8
    assert "Sentinels as of 2026-10-25" in shown(old)
    assert shown(old).count("unsure: 12 nights") == 4


def test_when_it_was_changed_and_what_happened_to_it(records_home: Home, records_site: Path) -> None:
    """With the night as a link to its run; an event stands where its machine is."""
    newest, old = page_of(records_site, "machines").split(SECTION)[1:]
    run = run_id_of(39, 40)
    assert f'<a href="runs/2026.html#run-{run}">2026-11-22</a></th><td>kernel 6.1.0-27-amd64 -&gt; 6.8.0' in newest
    assert "Kernel, governor, microcode and the rest are what they were on all 12 nights." in shown(old)
    found = machines_in(records_home)
    assert [(len(one.changes), len(one.events)) for one in found] == [(1, 0), (0, 0)]
    incidents = site_module.site_of(dashboard_of(records_home), "website").told.incidents
    of_another = machine._events(incidents, "5d2f")
    assert [one.id for one in of_another] == ["2026-11-22-a"]


def test_software_as_of_the_newest_run_and_how_it_changed(records_site: Path) -> None:
    """Each package; what was updated, came and went, and on which night."""
    part = shown(page_of(records_site, "machines").split('id="software"')[1])
    assert "Packages of the run of 2026-11-22" in part
    assert f"apache-tvm {VERSIONS['apache-tvm']}" in part
    assert "Nothing since the run before, of 2026-11-21." in part
    assert "2026-11-18 apache-tvm 0.26.0 -> 0.27.0.post1, onnx 1.17.0 is gone" in part


def test_an_update_tonight_is_told_as_such(tmp_path: Path) -> None:
    """Then nothing says that nothing changed."""
    found = changed.package_changes([("a", {}), ("b", BEFORE), ("c", {}), ("d", BEFORE), ("e", VERSIONS)])
    assert [(change.run_id, change.text) for change in found] == [
        ("e", "apache-tvm 0.26.0 -> 0.27.0.post1, onnx 1.17.0 is gone")
    ]
    assert changed.package_words(VERSIONS, BEFORE)[-1] == "onnx 1.17.0 is new"
    home = make_home(tmp_path, nights=0, pick=["matmul"])
    run_id = write_runs(home, LAST, 2)
    path = home.run_dir(run_id) / "run.json"
    path.write_text(path.read_text(encoding="utf-8").replace(VERSIONS["torch"], "2.14.0"), encoding="utf-8")
    dashboard = dashboard_of(home, 0)
    output = home.subsys_output_dir("website")
    load("website").run(type(dashboard)(home, run_id, dashboard.table), load("website").Config(active=True), output)
    part = shown(page_of(output, "machines").split('id="software"')[1])
    assert "2026-11-22 (newest) torch 2.13.0 -> 2.14.0" in part
    assert "Nothing since" not in part


def test_sentinels_of_a_killed_night_have_no_drift(records_home: Home) -> None:
    """Without a value after the tests there is nothing to compare."""
    before = machines_in(records_home)[0].sentinels[0].before
    assert sentinel.Sentinel("x", before, None).drift_text == "–"
    assert sentinel.Sentinel("x", None, before).series == [before]


def test_a_machine_without_sentinels_is_told_all_the_same(tmp_path: Path) -> None:
    """With what a run's own facts say; without any run there is no such page, nor a tab."""
    site = build_site(make_home(tmp_path / "home", nights=2, pick=["matmul"]), 2)
    page = page_of(site, "machines")
    assert "Its sentinels were never measured." in shown(page)
    assert "kernel 6.1.0-27-amd64" in shown(page)
    assert "No run tells which packages it had." in shown(page)
    assert re.search(r'href="machines.html" class="md-tabs__link">\s*Machines', page_of(site))
    empty = build_site(make_home(tmp_path / "empty", nights=0, pick=["none"]), 0)
    assert not (empty / "machines.html").exists()
    assert "machines.html" not in page_of(empty)


def test_a_machine_that_only_its_records_know(tmp_path: Path, records_home: Home) -> None:
    """As after a run that was killed before it could write `run.json`: by its id."""
    home = make_home(tmp_path, nights=2, pick=["matmul"])
    source = records_home.data_file(SENTINELS, run_id_of(20, 40))
    record = replace(read_record(source), run_id=run_id_of(0, 3), machine={"id": "feedfeedfeed", "kernel": "5.0"})
    write_record(home.data_file(SENTINELS, record.run_id), record)
    dashboard = dashboard_of(home, 2)
    found = site_module.site_of(dashboard, "website").told.machines
    assert [one.id for one in found] == ["5d2f0a1b9c3e", "feedfeedfeed"]
    assert (found[1].name, found[1].fingerprint, len(found[1].sentinels)) == ("feedfeedfeed", {"kernel": "5.0"}, 4)


def test_text_of_any_origin_is_text(records_site: Path) -> None:
    """Facts of the machine, and events."""
    page = page_of(records_site, "machines")
    assert "window.hacked" in page
    for piece in ("<script>window", "<img src=x", "</title><script", 'href="javascript'):
        assert piece not in page
