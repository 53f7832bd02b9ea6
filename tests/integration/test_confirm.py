"""Confirm before alert: what looks changed on a night is measured again that night, in fresh processes."""

from __future__ import annotations

import dataclasses
import signal
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psutil
import pytest

from pytest_relaybench.history.records import Record, describe, write_record
from pytest_relaybench.raw_samples import read_raw
from pytest_relaybench.times import from_iso, iso, run_id_of

from ..conftest import Project
from .conftest import EXACT, KERNEL, SLOWER_WORK, Remote, noted, unisolated
from .test_interruption import is_gone, start_night, wait_until

LABEL = "ours"
NIGHTS = 10
# a millisecond, one in a thousand more or less from process to process, and on what turns a third more
AGAIN = f"""{KERNEL}
def again(bench, name, slow):
    turn = LOG.read_text().count(f'"{{name}}"') if LOG.exists() else 0
    note(name, None)
    bench.durations([(1.3 if slow(turn) else 1.0) * 1e-3 * (1 + 0.001 * (turn % 3))] * 3)
    return turn
"""
STAYS = "def test_stays(bench):\n    again(bench, 'stays', lambda turn: turn >= 1)\n"
KINDS = f"""{AGAIN}
{STAYS}
def test_spike(bench):
    again(bench, "spike", lambda turn: turn == 1)

def test_fails(bench):
    assert again(bench, "fails", lambda turn: turn == 1) < 2, "not another time"
"""
HANGS_AGAIN = f"""{AGAIN}
def test_hangs(bench):
    if again(bench, "hangs", lambda turn: turn >= 1) >= 2:
        pathlib.Path("started").touch()
        time.sleep(600)
"""
BUILDS = f"""{AGAIN}
def test_same(bench, tvm_variant):
    again(bench, "same", lambda turn: turn >= 1)

def test_gone(bench, tvm_variant):
    again(bench, "gone", lambda turn: turn >= 1)
"""


def use(project: Project, remote: Remote, branch: str, **config: Any) -> None:
    """Let the variant of all experiments be that branch, as if it had moved there."""
    remote.home(project, variants={LABEL: unisolated(branch)}, **config)


def repeat(project: Project, name: str, hashes: Mapping[str, str] | None = None) -> None:
    """Write records of ten nights before the newest, alike but for a noise of half a percent.

    `hashes` say of which build they and the newest are, by test; else they keep their own.
    """
    (record,) = project.records(name)
    builds = {**{one.test: one.tvm_hash for one in record.measurements}, **(hashes or {})}
    same = [dataclasses.replace(one, tvm_hash=builds[one.test]) for one in record.measurements]
    record = dataclasses.replace(record, measurements=same)
    write_record(project.home().data_file(name, record.run_id), record)
    for back in range(1, NIGHTS + 1):
        earlier = from_iso(record.timestamp) - timedelta(days=back)
        copy = scaled(record, 1 + 0.005 * ((back * 7) % 5 - 2) / 2)
        copy = dataclasses.replace(copy, run_id=run_id_of(earlier), timestamp=iso(earlier))
        write_record(project.home().data_file(name, copy.run_id), copy)


def scaled(record: Record, factor: float) -> Record:
    measurements = [
        dataclasses.replace(one, stats=describe([one.value * factor]), value=one.value * factor)
        for one in record.measurements
    ]
    return dataclasses.replace(record, measurements=measurements)


def confirmed(project: Project, name: str) -> dict[str, dict[str, Any]]:
    """What the newest record tells of measuring times again, by test."""
    found = [one for one in project.records(name)[-1].extra.get("confirmations", []) if one["metric"] == "time"]
    assert len({one["test"] for one in found}) == len(found)
    return {one["test"]: one for one in found}


def runs(project: Project, name: str) -> Counter[str]:
    """How often each test of an experiment has run, over all nights."""
    return Counter(entry["test"] for entry in noted(project, name))


def test_slower_build_is_confirmed_on_its_first_night(project: Project, remote: Remote) -> None:
    """A commit that makes a kernel 20 % slower is compared, the same night, with the last good one: confirmed."""
    use(project, remote, "main")
    project.experiment("exact", EXACT, variants=[LABEL])
    assert project.night().ret == 0
    assert not confirmed(project, "exact")
    repeat(project, "exact")
    use(project, remote, "slow")
    before = len(noted(project, "exact"))
    result = project.night()
    told = confirmed(project, "exact")["test_exact"]
    assert (told["outcome"], told["method"], told["kind"]) == ("confirmed", "side by side", "slower")
    assert (told["base_hash"], told["candidate_hash"]) == (remote.hash_of("main"), remote.hash_of("slow"))
    assert 1.18 < told["ci_low"] <= told["ratio"] <= told["ci_high"] < 1.22
    assert (told["n_base"], told["n_candidate"]) == (5, 5)
    again = noted(project, "exact")[before + 1 :]
    assert [one["work"] for one in again[:6]] == [SLOWER_WORK] * 6
    assert len({one["pid"] for one in again}) == len(again) == 16
    result.stdout.fnmatch_lines(
        ["confirming * suspect*", "  exact test_exact* time +20.* %*: confirmed, measured +20.* %*"]
    )
    assert told in [entry["found"] for entry in project.journal() if entry["kind"] == "confirmation"]
    raw = read_raw(next((project.home_folder / "tmp").glob("*_confirm.zip"))).query("metric == 'time'")
    assert raw.groupby("variant")["rep"].nunique().to_dict() == {"base": 5, "candidate": 11}


def test_what_does_not_reproduce_is_not_confirmed(project: Project) -> None:
    """A night's spike is gone in fresh processes; a change of what uses no TVM stays, and is told by history alone.

    A test that fails when it is run again keeps what it measured and says why; an experiment may be left alone.
    """
    project.experiment("kinds", KINDS)
    project.experiment("alone", f"{AGAIN}{STAYS}", confirm=False)
    assert project.night().ret == 0
    repeat(project, "kinds")
    repeat(project, "alone")
    result = project.night()
    assert result.ret == 0
    told = confirmed(project, "kinds")
    spike, stays, fails = (told[f"test_{name}"] for name in ("spike", "stays", "fails"))
    assert (spike["outcome"], spike["kind"], spike["n_candidate"]) == ("not confirmed", "same", 3)
    assert spike["ratio"] == pytest.approx(1, abs=0.005)
    assert (stays["outcome"], stays["method"], stays["kind"]) == ("confirmed", "history", "slower")
    assert (stays["base_hash"], stays["candidate_hash"], stays["n_base"], stays["n_candidate"]) == (None, None, 11, 6)
    assert 1.29 < stays["ci_low"] <= stays["ratio"] <= stays["ci_high"] < 1.32
    assert "the test uses no TVM" in stays["message"]
    assert fails["outcome"] == "failed"
    assert "AssertionError: not another time" in fails["message"]
    assert runs(project, "kinds") == {"spike": 5, "stays": 8, "fails": 3}
    assert not confirmed(project, "alone")
    assert runs(project, "alone") == {"stays": 2}
    kept = {one.test: one.value for one in project.records("kinds")[-1].measurements if one.metric == "time"}
    assert kept == {f"test_{name}": pytest.approx(0.0013013) for name in ("spike", "stays", "fails")}
    result.stdout.fnmatch_lines(["note: 3 suspects looked into: *1 failed*"])


def test_without_another_build(project: Project, remote: Remote) -> None:
    """Tonight's build stands against the history where it is the same as before, or the one before is not there."""
    use(project, remote, "slow")
    project.experiment("builds", BUILDS, variants=[LABEL])
    assert project.night().ret == 0
    gone = "0123456789" * 4
    repeat(project, "builds", {"test_gone": gone})
    assert project.night().ret == 0
    told = confirmed(project, "builds")
    assert {one["method"] for one in told.values()} == {"history"}
    assert {one["outcome"] for one in told.values()} == {"confirmed"}
    assert "the build is the same as before" in told["test_same"]["message"]
    assert told["test_same"]["base_hash"] == told["test_same"]["candidate_hash"] == remote.hash_of("slow")
    assert f"the build before, {gone[:12]}, is not there any more (builds_kept = 100)" in told["test_gone"]["message"]
    assert told["test_gone"]["base_hash"] == gone


def test_budget_and_option(project: Project) -> None:
    """With `--no-confirm`, at a desk or untimed nothing is measured again; what has no time is told as such."""
    project.experiment("stays", f"{AGAIN}{STAYS}")
    project.home(confirm_budget_s=0)
    assert project.night().ret == 0
    repeat(project, "stays")
    assert project.night("--no-confirm").ret == 0
    assert project.night("--desk").ret == project.night("--benchmark-disable").ret == 0
    assert "confirmations" not in project.records("stays")[-1].extra
    result = project.night()
    told = confirmed(project, "stays")["test_stays"]
    assert (told["outcome"], told["ratio"], told["n_candidate"]) == ("no time", None, 0)
    assert runs(project, "stays") == {"stays": 5}
    result.stdout.fnmatch_lines(["note: 1 suspect looked into: 1 no time (confirm_budget_s = 0)"])


def test_interrupt_keeps_the_night(project: Project) -> None:
    """Ctrl-C while a suspect is measured again: exit status 2, the night's record is whole, no child is left."""
    project.experiment("hangs", HANGS_AGAIN)
    assert project.night().ret == 0
    repeat(project, "hangs")
    night = start_night(project)
    children = psutil.Process(night.pid).children(recursive=True)
    assert children
    night.send_signal(signal.SIGINT)
    output, _ = night.communicate(timeout=60)
    assert night.returncode == pytest.ExitCode.INTERRUPTED, output
    wait_until(lambda: all(map(is_gone, children)))
    record = project.records("hangs")[-1]
    assert record.complete
    assert [entry.value for entry in record.measurements if entry.metric == "time"] == [pytest.approx(0.0013013)]
