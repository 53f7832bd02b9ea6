"""What is kept of archives and raw samples, and what thinning leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pytest_relaybench.home import Home
from pytest_relaybench.raw_samples import RawSamples
from pytest_relaybench.raw_storage import AGAIN, keep_raw, raw_of, thin
from pytest_relaybench.retention import tidy
from pytest_relaybench.times import run_id_of
from tests.test_archive import home_at

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def nights(root: Path, count: int = 10, **keys: object) -> Home:
    """A home with an archive before and after, and raw samples, of each of `count` nights; and files of others."""
    home = home_at(root, **keys)  # type: ignore[arg-type]
    for age in range(count):
        run_id = run_id_of(NOW - timedelta(days=age))
        for when in ("before", "after"):
            with home.backups.writing(f"dashboard_{run_id}_{when}.tar.{'zst' if age < 5 else 'gz'}") as file:
                file.write(b"x")
        for kind in ("data", AGAIN):
            samples = list(np.random.default_rng(age).normal(1.0, 0.1, 200))
            keep_raw(home, run_id, [RawSamples("demo", "test_a", "time", {"a": 1}, "v", samples)], kind)
    for storage, name in ((home.backups, "dashboard_of_mine.tar"), (home.raw_samples, "notes.txt")):
        with storage.writing(name) as file:
            file.write(b"mine")
    return home


def ages(home: Home, kind: str) -> list[int]:
    """How many days old the runs are whose files are still there, youngest first, each as often as it has files."""
    storage = home.backups if kind == "archives" else home.raw_samples
    stamps = [file.name.split("_")[1] for file in storage.files() if "Z_" in file.name]
    times = [datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC) for stamp in stamps]
    return sorted((NOW - time).days for time in times)


def test_all_is_kept_unless_the_config_says_otherwise(tmp_path: Path) -> None:
    """Without a key nothing goes."""
    home = nights(tmp_path)
    assert tidy(home, NOW) == []
    assert ages(home, "archives") == ages(home, "raw") == sorted([*range(10), *range(10)])


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({"kept": 3}, 3),
        ({"kept_days": 4.5}, 5),
        ({"kept": 3, "kept_days": 4.5}, 3),
        ({"kept": 7, "kept_days": 4.5}, 5),
        ({"kept_days": 0.001}, 1),
    ],
)
def test_by_count_and_by_age(tmp_path: Path, keys: dict[str, float], left: int) -> None:
    """A run's files go together, by whichever rule comes first; the newest run's stay; others' files are not ours."""
    named = {f"{kind}_{key}": value for kind in ("archives", "raw") for key, value in keys.items()}
    home = nights(tmp_path, **named)
    assert tidy(home, NOW + timedelta(hours=1)) == []
    assert ages(home, "archives") == ages(home, "raw") == sorted([*range(left), *range(left)])
    assert (tmp_path / "backup" / "dashboard_of_mine.tar").read_bytes() == b"mine"
    assert (tmp_path / "tmp" / "notes.txt").read_bytes() == b"mine"


def test_old_samples_are_thinned_and_young_ones_not(tmp_path: Path) -> None:
    """Of older runs 20 samples a measurement stay, extremes and median among them; the next night changes nothing."""
    home = nights(tmp_path, 4, raw_thinned_days=2.5, raw_thinned_to=20)
    old, young = (run_id_of(NOW - timedelta(days=age)) for age in (3, 2))
    before = raw_of(home, old)["value"]
    assert tidy(home, NOW) == []
    after = raw_of(home, old)
    assert len(after) == len(raw_of(home, old, AGAIN)) == 20
    assert (after["value"].min(), after["value"].max()) == (before.min(), before.max())
    assert after["value"].median() == pytest.approx(before.median(), rel=0.01)
    order = before[before.isin(after["value"])]
    assert list(after["value"]) == list(order)
    assert list(after["params"].unique()) == ['{"a": 1}']
    assert len(raw_of(home, young)) == 200
    stamps = {file.name: file.modified for file in home.raw_samples.files()}
    assert tidy(home, NOW) == []
    assert {file.name: file.modified for file in home.raw_samples.files()} == stamps


def test_thinning_leaves_what_is_few(tmp_path: Path) -> None:
    """Measurements with no more samples than the rest is thinned to keep all of them, repeated values too."""
    home = home_at(tmp_path)
    few, many = [3.0, 1.0, 1.0], [1.0] * 30
    entries = [RawSamples("demo", "test_a", name, {}, "v", v) for name, v in (("few", few), ("many", many))]
    keep_raw(home, "20261122T030000.000000Z", entries)
    name = "benchmarks_20261122T030000.000000Z_data.zip"
    assert thin(home, name, 10)
    left = raw_of(home, "20261122T030000.000000Z")
    assert list(left[left["metric"] == "few"]["value"]) == few
    assert len(left[left["metric"] == "many"]) == 10
    assert not thin(home, name, 10)


def test_a_damaged_file_costs_a_line(tmp_path: Path) -> None:
    """It is named and left; the others are thinned."""
    home = nights(tmp_path, 3, raw_thinned_days=0.5, raw_thinned_to=5)
    damaged = f"benchmarks_{run_id_of(NOW - timedelta(days=1))}_data.zip"
    (tmp_path / "tmp" / damaged).write_bytes(b"nonsense")
    told = tidy(home, NOW)
    assert len(told) == 1
    assert damaged in told[0]
    assert (tmp_path / "tmp" / damaged).read_bytes() == b"nonsense"
    assert len(raw_of(home, run_id_of(NOW - timedelta(days=2)))) == 5


@pytest.mark.parametrize("ending", ["_before_KEEP.tar.zst", "_before.tar.zst.sha256", "_notes.txt", "_data.zip.bak"])
def test_what_a_person_put_beside_a_run_stays(tmp_path: Path, ending: str) -> None:
    """A name that only begins as one of ours is not ours, however old its run is."""
    home = nights(tmp_path, 3, archives_kept=1, raw_kept=1, raw_thinned_days=0.5)
    run_id = run_id_of(NOW - timedelta(days=2))
    for storage, prefix in ((home.backups, "dashboard_"), (home.raw_samples, "benchmarks_")):
        with storage.writing(f"{prefix}{run_id}{ending}") as file:
            file.write(b"mine")
    assert tidy(home, NOW) == []
    assert (tmp_path / "backup" / f"dashboard_{run_id}{ending}").read_bytes() == b"mine"
    assert (tmp_path / "tmp" / f"benchmarks_{run_id}{ending}").read_bytes() == b"mine"


@pytest.mark.parametrize("nights_ahead", [1, 3])
def test_clock_set_forward_by_mistake_does_not_make_all_old(tmp_path: Path, nights_ahead: int) -> None:
    """Years in which nothing ran age what lies before them by half the days that things are kept, not by years."""
    home = nights(tmp_path, 10, archives_kept_days=8.0, raw_thinned_days=8.0, raw_thinned_to=20)
    wrong = [NOW + timedelta(days=9000 + night) for night in range(nights_ahead)]
    for moment in wrong:
        with home.backups.writing(f"dashboard_{run_id_of(moment)}_after.tar.zst") as file:
            file.write(b"x")
    assert tidy(home, wrong[-1] + timedelta(hours=1)) == []
    left = [age for age in ages(home, "archives") if age >= 0]
    assert left == sorted(2 * list(range(5 - nights_ahead)))
    assert len(raw_of(home, run_id_of(NOW))) == 200


def test_clock_set_back_removes_nothing(tmp_path: Path) -> None:
    """Runs that lie ahead of the clock are not old."""
    home = nights(tmp_path, 4, archives_kept_days=5.0, raw_kept_days=5.0)
    assert tidy(home, NOW - timedelta(days=300)) == []
    assert ages(home, "archives") == ages(home, "raw") == sorted([*range(4), *range(4)])
