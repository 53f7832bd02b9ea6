"""Incidents from what judging really says of noisy nights: opened by a bad commit, fixed by the next good one."""

from __future__ import annotations

import hashlib

import numpy as np

from pytest_relaybench.home import Home
from pytest_relaybench.incidents import Incidents, read_incidents, update
from pytest_relaybench.judging.judge import judge
from pytest_relaybench.judging.keeping import write_verdicts
from pytest_relaybench.judging.tonight import tonight_of
from tests.incidents.made_nights import Series, at_noon, run_of, write_nights

NIGHTS, BROKEN_AT, FIXED_AT = 37, 22, 32
NETS = [
    Series(params={"network": name, "opt_level": level, "device": "cpu"}, variant="git:main")
    for name in ("resnet-18", "vgg-16")
    for level in range(3)
]
STEADY = [
    Series(experiment="ops", test="test_op", params={"operator": f"op{n}"}, variant="git:main") for n in range(13)
]
COMMITS = [hashlib.sha1(str(night).encode()).hexdigest() for night in range(NIGHTS)]


def level(series: Series, night: int) -> float:
    """Resnet is 8 % slower from one commit to another."""
    return 1.08 if series.params.get("network") == "resnet-18" and BROKEN_AT <= night < FIXED_AT else 1.0


def test_a_bad_commit_from_its_night_to_its_fix(home: Home) -> None:
    """One incident with the three series and the commits; open after its verdict has gone; fixed when it is."""
    random = np.random.default_rng(7)
    noise = {one: np.exp(random.normal(0, 0.005, NIGHTS)) for one in (*NETS, *STEADY)}
    values = {one: [level(one, night) * float(noise[one][night]) for night in range(NIGHTS)] for one in noise}
    table = write_nights(home, values, COMMITS)

    def after(night: int) -> Incidents:
        told = judge(table, tonight_of(home, run_of(night)))
        write_verdicts(home, told)
        return update(home, told, table, at_noon(night))

    assert after(BROKEN_AT - 1).all == ()
    opened = [after(BROKEN_AT + passed) for passed in (2, 3, 9)]
    (incident,) = opened[-1].live()
    assert {one.series for one in opened[-1].all} == {tuple(one.key for one in NETS[:3])}
    assert (incident.hash_before, incident.hash_after) == (COMMITS[BROKEN_AT - 1], COMMITS[BROKEN_AT])
    assert incident.headline.startswith("resnet-18 on cpu: 3 series slower by ")
    assert all(abs(member.ratio - 1.08) < 0.02 for member in incident.members)
    ended = [after(FIXED_AT + passed) for passed in (0, 2, 3, 4)]
    assert [one.id for one in ended[-1].all] == [incident.id]
    assert ended[-1].live() == ()
    assert run_of(FIXED_AT) < ended[-1].all[0].recovered_run <= run_of(FIXED_AT + 4)
    assert read_incidents(home, at_noon(NIGHTS)).all == ended[-1].all
