"""Folders of records that nobody may read: they are told, and what was known of them stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pytest_relaybench.history.records import write_record
from pytest_relaybench.history.table import Table


def close(monkeypatch, folder: Path) -> None:
    """The folder may not be listed, whoever asks; root, who runs the tests in CI, may list any."""
    listed = Path.iterdir

    def iterdir(path):
        if path == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)


def test_a_closed_folder_keeps_its_rows(home, record, monkeypatch):
    """Its experiment is not judged as if it had no history; the others' new records are taken in."""
    for name in ("closed", "open"):
        write_record(home.data_file(name, "r1"), record(experiment=name))
    table = Table(home)
    table.refresh()
    write_record(home.data_file("closed", "r2"), record(2, experiment="closed"))
    write_record(home.data_file("open", "r2"), record(2, experiment="open"))
    with monkeypatch.context() as night:
        close(night, home.exp_data_dir("closed"))
        table.refresh()
        assert table.problems == ["results/experiments/data/closed: Permission denied"]
        assert table.frame()["experiment"].value_counts().to_dict() == {"open": 2, "closed": 1}
    table.refresh()
    assert not table.problems
    assert len(table.frame()) == 4


def test_closed_data(home, record, monkeypatch):
    """All records are told in one line, and the table is as it was."""
    write_record(home.data_file("demo", "r1"), record())
    table = Table(home)
    table.refresh()
    close(monkeypatch, home.results / "experiments" / "data")
    table.refresh()
    assert table.problems == ["results/experiments/data: Permission denied"]
    assert len(table.frame()) == 1


def test_results_that_cannot_be_made(home):
    """A file where results should be: the table is empty, in memory, and nothing is raised."""
    home.results.touch()
    table = Table(home)
    table.refresh()
    assert table.frame().empty
