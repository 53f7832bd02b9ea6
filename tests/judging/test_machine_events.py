"""Machine or code: what sentinels, fingerprint, throttling, builds and many series together say."""

from __future__ import annotations

from tests.judging.made_history import MACHINE, Test, kinds, noise, rows

SENTINELS = ("integer_loop", "memory_copy", "blas_matmul", "process_start")


def run(nights, slow, *, count=40, names="abcdefgh", step_at=35, sentinels=(), build=None, tvm=True):
    """So many nights; those in `slow` and the `sentinels` named become a tenth slower at a night."""
    lines = {name: noise(index, count) for index, name in enumerate([*names, *SENTINELS])}
    for night in range(count):
        late = night >= step_at
        more = {"tvm_hash": build(night) if build else "c1"} if tvm else {"tvm_hash": None}
        tests = [Test(n, lines[n][night] * (1.1 if late and n in slow else 1.0), more=more) for n in names]
        own = [
            Test(s, lines[s][night] * (1.1 if late and s in sentinels else 1.0), more={"test": s, "tvm_hash": None})
            for s in SENTINELS
        ]
        nights.night(e=tests, sentinels=own)


def test_sentinels_that_move_together_hold_alerts(nights):
    """Two of them or more, in the same nights: every series that moved then says `machine`, and why."""
    run(nights, "ab", sentinels=("integer_loop", "blas_matmul"))
    verdicts = nights.judge()
    told = rows(verdicts)
    assert {told[name]["kind"] for name in "ab"} == {"machine"}
    assert told["c"]["kind"] == "same"
    (event,) = verdicts.events
    assert (event.cause, event.run_id, event.machine) == ("sentinels", nights.run_id(35), MACHINE["id"])
    assert event.text == "the sentinels became slower too: blas matmul, integer loop"
    assert told["a"]["reason"] == event.text


def test_one_sentinel_alone_holds_nothing(nights):
    """It says of itself that it measures the machine, and regressions stay regressions."""
    run(nights, "a", sentinels=("integer_loop",))
    told = kinds(nights.judge())
    assert (told["a"], told["integer_loop"]) == ("slower", "machine")


def test_a_changed_kernel_holds_alerts_and_splits_the_baseline(nights):
    """What moved with the fingerprint; afterwards the new level is the baseline."""
    run(nights, "", count=35, step_at=99)
    line = noise(50, 60, 1.1)
    nights.machine = {**MACHINE, "kernel": "6.8.0"}
    for night in range(35, 39):
        nights.night(e=[Test("a", line[night]), *[Test(n, v) for n, v in zip("bcdefgh", noise(night, 7), strict=True)]])
    verdicts = nights.judge()
    told = rows(verdicts)
    assert (told["a"]["kind"], told["b"]["kind"]) == ("machine", "same")
    assert told["a"]["reason"] == "the machine was changed: kernel 6.1.0 -> 6.8.0"
    for night in range(39, 57):
        nights.night(e=[Test("a", line[night]), *[Test(n, v) for n, v in zip("bcdefgh", noise(night, 7), strict=True)]])
    assert kinds(nights.judge())["a"] == "same"


def test_throttled_nights_are_the_machines(nights):
    """When telemetry saw throttling in most of the runs since."""
    run(nights, "", count=35, step_at=99)
    nights.throttled = True
    for value in noise(9, 5, 1.1):
        nights.night(e=[Test("a", value)])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["reason"]) == ("machine", "the machine was throttled")


def test_a_fifth_of_the_series_within_three_nights_is_one_event(nights):
    """With the build unchanged: nobody made so many slower by hand."""
    run(nights, "abcde", names="abcdefghijklmnopqrst")
    verdicts = nights.judge()
    assert {name for name, kind in kinds(verdicts).items() if kind == "machine"} == set("abcde")
    (event,) = verdicts.events
    assert (event.cause, event.run_id) == ("together", nights.run_id(35))
    assert event.text == "5 of 20 series of the machine moved together"


def test_fewer_than_a_fifth_are_regressions(nights):
    """Four of twenty-one."""
    run(nights, "abcd", names="abcdefghijklmnopqrstu")
    assert {name for name, kind in kinds(nights.judge()).items() if kind == "slower"} == set("abcd")


def test_a_new_build_with_quiet_sentinels_is_the_code(nights):
    """A commit may slow down everything that uses the compiler; what does not use it stood still."""
    run(nights, "abcdefgh", build=lambda night: f"c{night}")
    verdicts = nights.judge()
    assert {kinds(verdicts)[name] for name in "abcdefgh"} == {"slower"}
    assert verdicts.events == ()


def test_the_same_artifact_is_machine_or_input(nights):
    """Time moved, and what was built did not; with another artifact it is the code."""
    line = noise(1, 40)
    for night in range(40):
        factor = 1.1 if night >= 35 else 1.0
        same = {"tvm_hash": f"c{night}", "artifact": "5e1f"}
        new = {"tvm_hash": f"c{night}", "artifact": "5e1f" if night < 35 else "77aa"}
        tests = [Test("a", line[night] * factor, more=same), Test("b", line[night] * factor, more=new)]
        nights.night(e=[*tests, Test("c", line[night] * factor, more={**same, "metric": "compile"})])
    told = rows(nights.judge())
    assert (told["a"]["kind"], told["a"]["reason"]) == (
        "machine",
        "the built artifact is the same: machine or input",
    )
    assert told["b"]["kind"] == "slower"
    assert told["c"]["kind"] == "slower"  # a slower compiler may well build the same


def test_deterministic_metrics_are_never_the_machines(nights):
    """However many sentinels moved."""
    run(nights, "", sentinels=SENTINELS, count=39)
    size = {"metric": "artifact_size", "unit": "B", "deterministic": True}
    for value in (100.0, 101.0):
        nights.night(
            e=[Test("z", value, more=size)],
            sentinels=[Test(s, 1.1, more={"test": s, "tvm_hash": None}) for s in SENTINELS],
        )
    assert kinds(nights.judge())["z"] == "slower"


def test_sentinels_that_moved_long_before_do_not_hide_an_event(nights):
    """Two that move now are one event, whatever a third one did ten nights ago."""
    lines = {name: noise(index, 42) for index, name in enumerate(["a", *SENTINELS])}
    for night in range(42):
        begun = {"a": 37, "integer_loop": 28, "blas_matmul": 37, "memory_copy": 37}
        values = {n: line[night] * (1.1 if night >= begun.get(n, 99) else 1.0) for n, line in lines.items()}
        own = [Test(s, values[s], more={"test": s, "tvm_hash": None}) for s in SENTINELS]
        nights.night(e=[Test("a", values["a"])], sentinels=own)
    verdicts = nights.judge()
    assert kinds(verdicts)["a"] == "machine"
    assert [event.text for event in verdicts.events] == ["the sentinels became slower too: blas matmul, memory copy"]


def test_an_event_explains_changes_of_its_own_way(nights):
    """A machine that became faster makes nothing slower."""
    for night in range(40):
        fast = 0.9 if night >= 35 else 1.0
        values = {name: noise(index, 40)[night] for index, name in enumerate(["a", "b", *SENTINELS])}
        tests = [Test("a", values["a"] / fast), Test("b", values["b"] * fast)]
        own = [Test(s, values[s] * fast, more={"test": s, "tvm_hash": None}) for s in SENTINELS]
        nights.night(e=tests, sentinels=own)
    told = kinds(nights.judge())
    assert (told["a"], told["b"]) == ("slower", "machine")


def test_a_machine_that_is_always_throttled_hides_nothing(nights):
    """Throttling that was there before the change does not explain it."""
    nights.throttled = True
    for night, value in enumerate(noise(9, 38)):
        nights.night(e=[Test("a", value * (1.1 if night >= 33 else 1.0))])
    assert kinds(nights.judge())["a"] == "slower"


def test_what_happened_while_an_experiment_was_inactive(nights):
    """A kernel that changed twenty runs ago changed between two runs of this experiment."""
    line = noise(1, 40)
    for night in range(30):
        nights.night(e=[Test("a", line[night])], f=[Test("b", 1.0)])
    for night in range(20):
        nights.machine = {**MACHINE, "kernel": "6.8.0"} if night >= 5 else MACHINE
        nights.night(f=[Test("b", 1.0)])
    for night in range(30, 35):
        nights.night(e=[Test("a", line[night] * 1.2)], f=[Test("b", 1.0)])
    row = rows(nights.judge())["a"]
    assert (row["kind"], row["reason"]) == ("machine", "the machine was changed: kernel 6.1.0 -> 6.8.0")


def test_a_fact_that_a_run_does_not_know(nights):
    """It is held against what was told of it last."""
    run(nights, "a", names="ab", count=35, step_at=35)
    for night, value in enumerate(noise(50, 4, 1.1)):
        nights.machine = {**MACHINE, "kernel": "6.8.0" if night else None}
        nights.night(e=[Test("a", value), Test("b", 1.0)])
    assert rows(nights.judge())["a"]["reason"] == "the machine was changed: kernel 6.1.0 -> 6.8.0"


def test_many_that_the_builds_confirm_side_by_side_are_the_code(nights):
    """Where a fifth of those that moved together were measured on both builds, it is no event of the machine."""
    run(nights, "abcde", names="abcdefghij", count=37)
    told = {
        "test": "test_it", "params": {"x": "a"}, "metric": "time", "variant": "installed", "outcome": "confirmed",
        "method": "side by side", "kind": "slower", "ratio": 1.1, "ci_low": 1.09, "ci_high": 1.11, "message": "",
    }  # fmt: skip
    nights.extra("e", [{**told, "params": {"x": x}} for x in "ab"])
    nights.night(e=[Test(n, 1.1 if n in "abcde" else 1.0) for n in "abcdefghij"])
    verdicts = nights.judge()
    assert {kinds(verdicts)[n] for n in "abcde"} == {"slower"}
    assert verdicts.events == ()


def test_a_night_with_sentinels_alone(nights):
    """They are judged, and a selection that has them besides misses nothing."""
    run(nights, "", names="a", count=3)
    nights.night(sentinels=[Test(s, 1.0, more={"test": s, "tvm_hash": None}) for s in SENTINELS])
    assert set(kinds(nights.judge())) == set(SENTINELS)
