"""Publishing night after night makes only what changed, and leaves what publishing from nothing would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.incidents import Decision, read_incidents, write_decision
from pytest_relaybench.incidents.updating import update
from tests.judging.made_history import Nights, Test, noise
from tests.subsystems.chart_home import nights_in, part

NIGHTS = 160  # from September on, so that the last are in another year
NOW = datetime(2027, 2, 8, tzinfo=UTC)
KEPT, SOURCE = part("kept"), part("source")


def add_night(nights: Nights, *, wakes: bool = False) -> None:
    """One more; `moved` became slower by a fifth, `rests` was measured on the first seven nights and when it wakes.

    Eight are enough to tell how far its nights scatter.
    """
    count = nights.count
    values = [
        Test("steady", noise(count, 1)[0]),
        Test("moved", noise(1000 + count, 1, 1.2 if count >= 150 else 1.0)[0]),
    ]
    values += [Test("rests", noise(2000 + count, 1)[0])] if wakes or count < 7 else []
    nights.night(e=values, other=[Test("x", 1.0 + count)])


class Publisher:
    """A home with its published folder; `made` are the large files that the last publication made."""

    def __init__(self, root: Path, nights: Nights) -> None:
        self.nights, self.folder = nights, root / "source"
        self.made: set[str] = set()

    def publish(self) -> None:
        """As a night does."""
        dashboard = self.dashboard()
        with KEPT.keeping(self.folder, self.folder / "docs") as kept:
            content = SOURCE.source_of(dashboard, "website", kept)
            self.made = {
                name for name, held in content.items() if isinstance(held, Path) and kept.making in held.parents
            }
            SOURCE.write_folder(self.folder, content)
            kept.note()

    def dashboard(self) -> Dashboard:
        """As of the newest night."""
        return Dashboard(self.nights.home, self.nights.run_id(self.nights.count - 1), self.nights.table())

    def is_as_from_nothing(self) -> bool:
        """Whether every file is there, byte by byte, and no other."""
        whole = SOURCE.source_of(self.dashboard(), "website")
        found = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}
        del found[KEPT.NOTED]
        assert sorted(found) == sorted(whole)
        differing = [name for name, held in whole.items() if found[name].read_bytes() != _bytes(held)]
        assert differing == []
        return True

    def stamps(self) -> dict[Path, int]:
        """When each file was written."""
        return {path: path.stat().st_mtime_ns for path in self.folder.rglob("*") if path.is_file()}

    def record(self, night: int) -> Path:
        """The file of `e`."""
        return self.nights.home.data_file("e", self.nights.run_id(night))


def _bytes(held: bytes | Path) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()


@pytest.fixture(scope="module", autouse=True)
def small_files() -> Iterator[None]:
    """What is long here is a year of a few months."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("charts.values_csv", "experiment.raw_data"):
            patch.setattr(part(name), "MOST_ROWS", 100)
        yield


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published once, with an incident."""
    root = tmp_path_factory.mktemp("kept")
    publisher = Publisher(root, nights_in(root / "home"))
    write_json(publisher.nights.home.exp_config_file("other"), {"active": True})
    for _ in range(NIGHTS):
        add_night(publisher.nights)
    found = update(publisher.nights.home, publisher.nights.judge(), publisher.nights.table(), now=NOW)
    assert len(found.all) == 1
    publisher.publish()
    assert any("2026" in name for name in publisher.made)
    return root


@pytest.fixture
def publisher(published: Path, tmp_path: Path) -> Publisher:
    """The same in a folder of its own."""
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return Publisher(tmp_path, replace(nights_in(tmp_path / "home"), count=NIGHTS))


def decide(publisher: Publisher) -> None:
    """Somebody mutes the incident."""
    home = publisher.nights.home
    write_decision(
        home, Decision("mute", read_incidents(home).all[0].id, "as agreed", "Ada", NOW, NOW + timedelta(days=9))
    )


def delete(publisher: Publisher) -> None:
    """A record of October is gone."""
    publisher.record(40).unlink()


def edit(publisher: Publisher) -> None:
    """Somebody corrects a value of October."""
    record = read_record(publisher.record(41))
    first, *rest = record.measurements
    write_record(publisher.record(41), replace(record, measurements=[replace(first, value=7.0), *rest]))


def change_config(publisher: Publisher) -> None:
    """Another title."""
    write_json(publisher.nights.home.exp_config_file("e"), {"active": True, "title": "Another"})


def drop_experiment(publisher: Publisher) -> None:
    """It is configured no more."""
    publisher.nights.home.exp_config_file("other").unlink()


def wake(publisher: Publisher) -> None:
    """A series is measured again after months: the nights around its first ones now count those of today."""
    add_night(publisher.nights, wakes=True)


def go_on_months_later(publisher: Publisher) -> None:
    """Nobody published for months: several are new at once."""
    for _ in range(2):
        publisher.nights.count += 40
        add_night(publisher.nights)


def touch_file(publisher: Publisher) -> None:
    """Somebody wrote into a file of the site."""
    (publisher.folder / "docs/data/other-2026.csv").write_text("?")


def lose_file(publisher: Publisher) -> None:
    """Somebody removed one."""
    (publisher.folder / "docs/charts/other/time-2026.js").unlink()


def damage_note(publisher: Publisher) -> None:
    """What was noted can be read, but a part of it is of another type."""
    note = publisher.folder / KEPT.NOTED
    told = json.loads(note.read_bytes())
    told["remembered"]["compare"]["months"] = []
    note.write_text(json.dumps(told))


IN_OCTOBER = {
    "charts/e/time-2026.csv", "charts/e/time-2026.js", "data/e-2026.csv", "compare/2026-10.js",
    "compare/2026-10-spread.js",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ((decide, change_config, drop_experiment), set()),
        ((delete, touch_file, lose_file), {*IN_OCTOBER, "data/other-2026.csv", "charts/other/time-2026.js"}),
        ((edit,), IN_OCTOBER),
        ((wake, go_on_months_later), {"compare/2026-09-spread.js", "charts/e/time-2027.js", "compare/2027-05.js"}),
    ],
    ids=["decided", "deleted", "edited", "woken"],
)
def test_what_is_kept_is_as_made_from_nothing(
    publisher: Publisher, changes: Sequence[Callable[[Publisher], None]], made: set[str]
) -> None:
    """Whatever changed since, the folder is byte for byte what it would be without the publications before."""
    for change in changes:
        change(publisher)
    publisher.publish()
    assert {name.removeprefix("docs/").removesuffix(".zip") for name in publisher.made} >= made
    assert bool(made) == bool(publisher.made)
    assert publisher.is_as_from_nothing()


def test_the_same_night_makes_nothing(publisher: Publisher) -> None:
    """Nor is a file written."""
    before = publisher.stamps()
    publisher.publish()
    assert (publisher.made, publisher.stamps()) == (set(), before)


def test_a_night_makes_only_what_it_can_change(publisher: Publisher) -> None:
    """The data of its own year; the months whose runs have it among the thirty nights nearest to them."""
    add_night(publisher.nights)
    publisher.publish()
    assert publisher.made
    assert not [name for name in publisher.made if "2026" in name and not name.startswith("docs/compare/2026-12")]
    assert publisher.is_as_from_nothing()


@pytest.mark.parametrize("is_damaged", [True, False])
def test_another_program_makes_everything_anew(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, is_damaged: bool
) -> None:
    """Nothing that an older one wrote is taken for what this one would, nor what a damaged note tells."""
    if is_damaged:
        damage_note(publisher)
    program = KEPT.program()
    monkeypatch.setattr(KEPT, "program", lambda: program if is_damaged else f"{program}, mended")
    making = publisher.folder / KEPT.MAKING
    if is_damaged:
        making.write_bytes(b"no folder")
    else:
        making.mkdir()  # of a publication that was killed
        (making / "0").write_bytes(b"half")
    publisher.publish()
    assert {name.removeprefix("docs/").removesuffix(".zip") for name in publisher.made} >= IN_OCTOBER
    assert not making.exists()


def test_a_file_that_was_gone_when_it_was_noted_is_made_again(tmp_path: Path) -> None:
    """As where somebody cleans up meanwhile."""
    for _ in range(2):
        with KEPT.keeping(tmp_path, tmp_path / "docs") as kept:
            assert not kept.has("x.js")
            kept.put("x.js", "digest", b"x")
            kept.note()
