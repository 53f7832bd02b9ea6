"""What an experiment's page tells of the environment, of the configuration as run, and of its files."""

from __future__ import annotations

import csv
import html
import importlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.history.table import PUBLIC_COLUMNS
from pytest_relaybench.home import Home
from pytest_relaybench.judging.keeping import write_verdicts
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import dashboard_of, make_home, run_id_of

PACKAGE = load("website").__name__
long_csv = importlib.import_module(f"{PACKAGE}.long_csv")
stamps_module = importlib.import_module(f"{PACKAGE}.stamps")
kept_module = importlib.import_module(f"{PACKAGE}.kept")
environment, raw_data, settings, since = (
    importlib.import_module(f"{PACKAGE}.experiment.{name}") for name in ("environment", "raw_data", "settings", "since")
)
experiments, nights, experiment_page, site_module = (
    importlib.import_module(f"{PACKAGE}.{name}") for name in ("experiments", "nights", "experiment_page", "site")
)
NIGHTS = 5
Content = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Five nights of one experiment."""
    return make_home(tmp_path / "home", nights=NIGHTS, pick=["matmul"])


def change(home: Home, first: int, edit: Callable[[Content], object]) -> None:
    """Edit the records from this night on."""
    for night in range(first, NIGHTS):
        path = home.data_file("matmul", run_id_of(night, NIGHTS))
        record = json.loads(path.read_bytes())
        edit(record)
        write_json(path, record)


def told(home: Home) -> Any:
    """The environment as the page has it."""
    dashboard = dashboard_of(home, NIGHTS)
    found = [one for one, _ in experiments.experiments_of(dashboard, nights.nights_of(dashboard))]
    return environment.environment_of(dashboard, found[0])


def page(home: Home) -> str:
    """The experiment's page before MkDocs gets it."""
    part = experiment_page.experiment_pages(site_module.site_of(dashboard_of(home, NIGHTS), "website"))
    return str(part.pages["experiments/matmul.md"])


def shown(text: str) -> str:
    """As a reader sees it."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_what_tonight_changed_is_told_as_it_was_and_is(home: Home) -> None:
    """Builds, packages, the machine, the experiment's own source, its configuration; each in words."""
    change(home, 0, lambda r: r.update(extra={"source": "a" * 64}))

    def tonight(record: Content) -> None:
        record["versions"] |= {"torch": "2.14.0", "onnxruntime": "1.20"}
        del record["versions"]["numpy"]
        record["machine"]["kernel"] = "6.2.0"
        record["extra"]["source"] = "b" * 64
        record["config"]["timeout_s"] = 60.0
        for entry in record["measurements"]:
            entry["tvm_hash"] = "0.28.0+g" + "c" * 40

    change(home, NIGHTS - 1, tonight)
    found = told(home)
    assert sorted(found.changes) == [
        "config timeout_s 1800.0 → 60.0",
        "installed 0.27.0.post1 → 0.28.0+gccccccccc",
        "kernel 6.1.0-27-amd64 → 6.2.0",
        "numpy 2.4.1 is gone",
        "onnxruntime 1.20 is new",
        "the experiment's source aaaaaaaaaaaa → bbbbbbbbbbbb",
        "torch 2.13.0 → 2.14.0",
    ]
    assert found.before == "2026-11-21"
    text = shown(page(home))
    assert "In the environment, against the run of 2026-11-21: installed 0.27.0.post1 → 0.28.0" in text
    assert "torch 2.14.0 since 2026-11-22, before 2.13.0" in text


def test_a_calm_night_says_since_when_nothing_changed(home: Home) -> None:
    """And the thing that changed last says what it was before."""
    change(home, 2, lambda r: r["versions"].update(torch="2.14.0"))
    found = told(home)
    assert list(found.changes) == []
    assert found.words == "nothing changed since 2026-11-20"
    torch = next(row for row in found.tables["Versions"] if row.name == "torch")
    assert (torch.since, torch.before) == ("2026-11-20", "2.13.0")
    assert all(not row.before for row in found.tables["Machine"])
    assert "Environment: nothing changed since 2026-11-20." in shown(page(home))


def test_another_machine_is_a_change(home: Home) -> None:
    """By what tells machines apart."""
    change(home, NIGHTS - 1, lambda r: r["machine"].update(id="another"))
    assert list(told(home).changes) == ["machine 5d2f0a1b9c3e → another"]


def test_the_first_run_has_nothing_before_it(home: Home) -> None:
    """No change is made up, and an experiment without a record has no environment."""
    for night in range(NIGHTS - 1):
        home.data_file("matmul", run_id_of(night, NIGHTS)).unlink()
    assert told(home).words == "no run before this one is known"
    home.data_file("matmul", run_id_of(NIGHTS - 1, NIGHTS)).unlink()
    assert told(home) is None
    assert "Environment" not in page(home)


def test_a_damaged_record_before_is_passed_over(home: Home) -> None:
    """The configuration is compared with the newest one that can be read."""
    change(home, NIGHTS - 1, lambda r: r["config"].update(threads=2))
    home.data_file("matmul", run_id_of(NIGHTS - 2, NIGHTS)).write_text("{", encoding="utf-8")
    found = told(home)
    assert (found.before, list(found.changes)) == ("2026-11-20", ["config threads 1 → 2"])


def test_a_night_that_does_not_know_a_thing_changes_nothing() -> None:
    """As a record of an older program; what came back as it was is as old as it was."""
    states = since.states_of([("1", {"a": 1}), ("2", {}), ("3", {"a": 1, "b": 5}), ("4", {"a": 1, "b": 6})])
    assert [(fact.name, fact.since, fact.before) for fact in states.facts] == [("a", "1", None), ("b", "4", 5)]
    assert since.states_of([]).facts == []


def test_the_configuration_says_what_is_default_and_what_the_file_says_now(home: Home) -> None:
    """A key that nobody wrote is a default; one that the file has otherwise today, or only today, says so."""
    file = home.exp_config_file("matmul")
    write_json(file, {**json.loads(file.read_bytes()), "title": "Products", "timeout_s": 1800, "compare": ["a"]})
    dashboard = dashboard_of(home, NIGHTS)
    found, _ = next(experiments.experiments_of(dashboard, nights.nights_of(dashboard)))
    rows = {row.key: row for row in settings.settings_of(found.record, found.config)}
    assert (rows["title"].value, rows["title"].today) == ("Matrix products", "Products")
    assert (rows["timeout_s"].is_default, rows["timeout_s"].today) == (False, "")
    assert rows["process_pinning.enable"].is_default
    assert (rows["compare"].value, rows["compare"].today) == ("–", "a")
    assert "Matrix products the file says Products now" in shown(page(home))


def test_values_of_the_environment_are_text(home: Home) -> None:
    """A package's version or a host's name may be anything."""
    change(
        home,
        NIGHTS - 1,
        lambda r: (r["versions"].update(torch=ATTACK), r["machine"].update(host=ATTACK, kernel=ATTACK)),
    )
    text = page(home)
    assert "<script>window.hacked" not in text
    assert "<img src=x" not in text
    assert ATTACK in html.unescape(text)


def test_the_csv_is_that_of_pandas(home: Home) -> None:
    """Byte for byte, quotes and line breaks in texts included."""
    rows = dashboard_of(home, NIGHTS).table.frame()
    rows.loc[0, "test"] = 'a "b", c\nd'
    rows.loc[1, "tvm_hash"] = None
    rows.loc[2, "mean"] = float("nan")
    assert raw_data.csv_of(rows) == rows[PUBLIC_COLUMNS].to_csv(index=False).encode()


def test_a_long_history_is_one_archive(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one file, which pandas reads as it is; equal data give equal bytes."""
    monkeypatch.setattr(long_csv, "PLAIN_UP_TO", 10)
    dashboard = dashboard_of(home, NIGHTS)
    found, _ = next(experiments.experiments_of(dashboard, nights.nights_of(dashboard)))
    stamps, kept = stamps_module.stamps_of(dashboard.table), kept_module.Kept()
    first, second = (raw_data.raw_data_of(dashboard, found, stamps, kept) for _ in range(2))
    assert first.tables == [("matmul.csv.zip", NIGHTS * 6)]
    content = first.files["data/matmul.csv.zip"]
    assert content == second.files["data/matmul.csv.zip"]
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["matmul.csv"]
    assert len(pd.read_csv(io.BytesIO(content), compression="zip")) == NIGHTS * 6
    assert "matmul.csv.zip" in page(home)
    short = csv.DictReader(io.StringIO(raw_data.csv_of(dashboard.table.frame(experiment="matmul")).decode()))
    assert {row["metric"] for row in short} == {"time", "rate"}


def test_an_experiment_that_did_not_run_is_told_as_its_night_told_it(home: Home) -> None:
    """By the verdicts that the run kept, with their reasons."""
    last = dashboard_of(home, NIGHTS)
    judged = last.verdicts()
    judged.frame["reason"] = "because"
    write_verdicts(home, judged)
    dashboard = type(last)(home, "20261123T030000.000000Z", last.table)
    found, _ = next(experiments.experiments_of(dashboard, nights.nights_of(dashboard)))
    assert found.state.value == "not in this run"
    assert {one.reason for one in found.history.series} == {"because"}
