"""Incidents of every state in a home, as a night and people leave them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pytest_relaybench.history.records import canonical
from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Case, Decision, Member, Nature, write_decision
from pytest_relaybench.incidents.keeping import Kept, keep
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import MACHINE, run_id_of

OLD, NEW = "1f0c" * 10, "9be2" * 10
DECIDED = datetime(2026, 11, 21, 9, tzinfo=UTC)
NIGHTS = 40


def run(nights_ago: int) -> str:
    """The run of a night, counted from the newest."""
    return run_id_of(NIGHTS - 1 - nights_ago, NIGHTS)


def member(experiment: str, params: dict[str, Any], ratio: float, since: int, **other: Any) -> Member:
    """A slower series of a test of the sample home, on the branch of a known forge."""
    key = (experiment, "test_infer", canonical(params), "time", other.pop("variant", "git:main"), str(MACHINE["id"]))
    usual: dict[str, Any] = {
        "kind": "slower", "unit": "s", "direction": "lower", "since_run": run(since), "first_seen": run(since - 1),
        "hash_before": OLD, "hash_after": NEW, "ratio": ratio, "low": ratio - 0.012, "high": ratio + 0.012,
        "before": 0.0311, "spread": 0.006, "level": 0.0311 * ratio,
    }  # fmt: skip
    return Member(key, **{**usual, **other})


def gone(experiment: str, params: dict[str, Any], kind: str, reason: str) -> Member:
    """A series of the newest night that has no value."""
    nothing = dict.fromkeys(("low", "high", "level"), float("nan"))
    hashes = dict.fromkeys(("hash_before", "hash_after"))
    return member(experiment, params, float("nan"), 1, kind=kind, reason=reason, **nothing, **hashes)


def cases() -> tuple[Case, ...]:
    """New with six series, open and folded, broken with a nasty reason, a machine's event, accepted, muted, fixed."""
    resnet = [
        member("relay_opt", {"network": "resnet-18", "opt_level": f"O{level}", "device": "cpu"}, 1.04 + 0.02 * level, 2)
        for level in range(4)
    ]
    many = [
        member("versions", {"network": f"net-{n}", "device": "cpu"}, 1.3, 5, variant="installed") for n in range(14)
    ]
    matmul = member("matmul", {"size": 256}, 1.0813, 12, variant="installed")
    back = {"recovered_run": run(3), "recovery": "back at its old level"}
    return (
        Case("2026-11-20-a", Nature.SLOWER, run(0), tuple(resnet)),
        Case("2026-11-17-a", Nature.SLOWER, run(4), (*many[:-1], member("versions", {}, 1.02, 5, **back))),
        Case("2026-11-21-a", Nature.GONE, run(0), (
            gone("attack", {ATTACK: ATTACK}, "broken", f"newly failing: {ATTACK}"),
            gone("attack", {"cell": "lstm"}, "missing", "not among tonight's tests"),
        )),
        Case(
            "2026-11-22-a", Nature.MACHINE, run(0), (), f"the machine was changed: {ATTACK}", "5d2f", "fingerprint",
            run(0),
        ),
        Case("2026-11-10-a", Nature.SLOWER, run(11), (matmul,)),
        Case("2026-11-09-a", Nature.SLOWER, run(11), (member("rnn_cells", {"cell": "gru"}, 2.4, 13),)),
        Case("2026-11-02-a", Nature.SLOWER, run(18), (member("quant_comp", {}, 1.06, 20, **back),)),
        Case("2026-10-30-a", Nature.SLOWER, run(18), tuple(
            member(ATTACK, {"n": n}, 1.06, 23, **{**back, "recovery": ATTACK}) for n in range(5)
        )),
    )  # fmt: skip


def add_incidents(home: Home) -> None:
    """Keep them, with an acceptance, a mute of an experiment, and a file that is no decision."""
    keep(home, Kept(run(0), cases()))
    until = datetime(9999, 1, 1, tzinfo=UTC)
    write_decision(home, Decision("accept", "2026-11-10-a", f"agreed\n\n{ATTACK}", "Ada <b>L</b>", DECIDED, until))
    write_decision(home, Decision("mute", "rnn_cells", "being rewritten", "Grace", DECIDED, until))
    (home.root / "decisions" / "bad.toml").write_text(f'schema = 1\nkind = "{ATTACK.split(chr(34))[0]}"\n')
