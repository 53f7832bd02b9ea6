"""Whole nights with telemetry: what is kept, what is told, and that it fails nothing."""

from __future__ import annotations

import json
import os

import pytest

from pytest_relaybench.history.records import read_record
from pytest_relaybench.telemetry import watching
from pytest_relaybench.telemetry.samples import file_of, read_samples

NAP = """
import time

def test_nap(bench):
    assert bench(sum, (1, 2)) == 3
    time.sleep(0.5)
"""
TELEMETRY = {"run_cpu_telemetry": True, "telemetry_rate": 0.1}


def record_file(project, name):
    (path,) = project.home().exp_data_dir(name).glob("data_*.json")
    return path


def notes(result):
    return [line for line in result.outlines if line.startswith("note: telemetry")]


def test_a_night_with_telemetry(project):
    """Samples are kept and summed up in the record; who is not watched has none; what is not offered is said once."""
    every_cpu = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    project.home(**TELEMETRY, run_gpu_telemetry=True)
    project.experiment("nap", NAP)
    project.experiment("other", run_gpu_telemetry=False)
    project.experiment("unwatched", run_cpu_telemetry=False, run_gpu_telemetry=False)
    project.experiment("everywhere", process_pinning={"enable": True, "cores": every_cpu})
    result = project.night()
    assert result.ret == 0

    record = read_record(record_file(project, "nap"))
    told = record.telemetry
    assert told is not None
    assert told.samples >= 4
    assert told.duration_s >= 0.5
    assert (told.rate_s, told.complete) == (0.1, True)
    assert 0 <= told.others_share <= told.others_share_max <= 1
    assert told.memory_available_min_bytes > 0
    samples = read_samples(file_of(project.home(), "nap", record.run_id))
    assert len(samples.at) == told.samples
    assert samples.at[0] == 0

    assert "GPU" not in read_record(record_file(project, "other")).telemetry.missing
    assert "telemetry" not in json.loads(record_file(project, "unwatched").read_text())
    assert read_record(record_file(project, "unwatched")).telemetry is None
    assert not file_of(project.home(), "unwatched", record.run_id).exists()
    assert not file_of(project.home(), "everywhere", record.run_id).exists()

    pinned, *missing = notes(result)
    assert pinned.startswith("note: telemetry of everywhere: the experiment is pinned to every CPU")
    assert len(missing) == 1
    assert missing[0].count("GPU (") == 1
    (again,) = notes(project.night())
    assert again == pinned


def test_a_sampler_that_crashes_is_a_note(project, monkeypatch):
    """The night is green and the measurements are kept."""
    monkeypatch.setattr(watching, "MODULE", "pytest_relaybench.telemetry.no_such_module")
    project.home(**TELEMETRY)
    project.experiment("demo")
    result = project.night()
    assert result.ret == 0
    assert [line for line in notes(result) if "the sampler ended with status 1" in line and "no_such_module" in line]
    (record,) = project.records("demo")
    assert record.measurements
    assert record.telemetry is None


def test_a_killed_night_keeps_what_its_sampler_had(project):
    """The next night recovers the record, telemetry included, and says that it is of a part only."""
    project.home(**TELEMETRY)
    project.experiment("nap", NAP)
    assert project.night().ret == 0
    path = record_file(project, "nap")
    run_id = read_record(path).run_id
    path.unlink()
    journal = project.home().run_dir(run_id) / "journal.jsonl"
    kept = [line for line in journal.read_text().splitlines() if '"kind": "experiment_end"' not in line]
    journal.write_text("\n".join(line for line in kept if '"kind": "end"' not in line) + "\n")
    samples = file_of(project.home(), "nap", run_id)
    samples.write_text("\n".join(samples.read_text().splitlines()[:-1]) + '\n{"kind": "sam')
    project.config("nap", active=False)
    project.experiment("quick", run_cpu_telemetry=False)
    project.night()
    recovered = read_record(path)
    assert not recovered.complete
    assert not recovered.telemetry.complete
    assert recovered.telemetry.samples >= 4


@pytest.mark.parametrize("option", ["--desk", "--benchmark-disable"])
def test_nothing_is_sampled_where_nothing_is_kept(project, option):
    """A run at the desk, or without timing, leaves the home alone."""
    project.home(**TELEMETRY)
    project.experiment("demo")
    assert project.night(option).ret == 0
    assert not list(project.root.rglob("telemetry"))
