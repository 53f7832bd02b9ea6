"""What built artifacts are made of: kept by hash, and told apart."""

from __future__ import annotations

import json

import pytest

from pytest_relaybench.history.artifacts import (
    ArtifactDifference,
    artifact_difference,
    difference_in,
    keep_artifacts,
    read_artifact,
)

BUILT = {"main": "m", "fused_conv2d_add": "a", "fused_conv2d1_add1": "b", "constant float32[8]": "w"}


@pytest.mark.parametrize(
    ("after", "difference"),
    [
        (BUILT, ArtifactDifference()),
        ({**BUILT, "fused_conv2d_add": "x"}, ArtifactDifference(changed=("fused_conv2d_add",))),
        ({**BUILT, "softmax": "s", "main": "n"}, ArtifactDifference(added=("softmax",), changed=("main",))),
        (
            {"main": "m", "fused_conv2d_add": "a"},
            ArtifactDifference(removed=("constant float32[8]", "fused_conv2d1_add1")),
        ),
        # one more came before, and gave all that follow another number
        (
            {"main": "n", "fused_conv2d_add": "new", "fused_conv2d1_add1": "a", "fused_conv2d2_add2": "b",
             "constant float32[8]": "w"},
            ArtifactDifference(added=("fused_conv2d_add",), changed=("main",)),
        ),
        # of the same name without numbers, so that it is told as changed
        (
            {"main": "m", "fused_conv2d_add": "a", "fused_conv2d3_add3": "x", "constant float32[8]": "w"},
            ArtifactDifference(changed=("fused_conv2d3_add3",)),
        ),
        ({**BUILT, "constant float32[8] #2": "v"}, ArtifactDifference(added=("constant float32[8] #2",))),
        ({**BUILT, "twin": "a"}, ArtifactDifference(added=("twin",))),
    ],
)  # fmt: skip
def test_difference(after, difference) -> None:
    """Functions of the same code are the same under any name; others match by name, then by all but its number."""
    assert artifact_difference(BUILT, after) == difference
    assert bool(difference) == (after != BUILT)


def test_difference_backwards() -> None:
    """What one direction adds the other removes."""
    forward = artifact_difference(BUILT, {**BUILT, "softmax": "s"})
    backward = artifact_difference({**BUILT, "softmax": "s"}, BUILT)
    assert (forward.added, forward.removed) == (backward.removed, backward.added) == (("softmax",), ())


def test_artifacts_are_kept_by_their_hash(home) -> None:
    """Each is written once, read back, and compared; entries without any, as of a failed test, are passed over."""
    entries = [
        {"kind": "begin"},
        {"kind": "test", "measured": None},
        {"kind": "test", "measured": {"metrics": []}},
        {"kind": "test", "measured": {"artifacts": {"aaaaaaaaaaaa": BUILT, "bbbbbbbbbbbb": {**BUILT, "main": "n"}}}},
    ]
    keep_artifacts(home, entries)
    keep_artifacts(home, [{"kind": "test", "measured": {"artifacts": {"aaaaaaaaaaaa": {}}}}])
    assert read_artifact(home, "aaaaaaaaaaaa") == BUILT
    assert difference_in(home, "aaaaaaaaaaaa", "bbbbbbbbbbbb") == ArtifactDifference(changed=("main",))
    assert difference_in(home, "aaaaaaaaaaaa", "cccccccccccc") is None
    assert sorted(path.name for path in (home.results / "artifacts").iterdir()) == [
        "aaaaaaaaaaaa.json",
        "bbbbbbbbbbbb.json",
    ]


@pytest.mark.parametrize("content", ["[]", "{}", '{"schema": 99, "parts": {}}', '{"schema": 1, "parts": []}', "{"])
def test_damaged_file_is_no_artifact(home, content) -> None:
    """Nothing is known of an artifact whose file cannot be read, and nothing outside of the folder is read."""
    path = home.artifact_file("aaaaaaaaaaaa")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert read_artifact(home, "aaaaaaaaaaaa") is None
    (home.root / "outside.json").write_text(json.dumps({"schema": 1, "parts": {"main": "m"}}))
    assert read_artifact(home, "../../outside") is None
    assert read_artifact(home, "") is None


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_a_damaged_artifact_is_written_again(home, content) -> None:
    """The next run that has it knows its parts; the damaged file stays beside."""
    path = home.artifact_file("a" * 16)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    entry = {"kind": "test", "measured": {"artifacts": {"a" * 16: {"main": "m"}}}}
    keep_artifacts(home, [entry])
    assert read_artifact(home, "a" * 16) == {"main": "m"}
    assert path.with_name(f"{path.name}.damaged").read_text() == content
    keep_artifacts(home, [entry])
    assert len(list(path.parent.iterdir())) == 2
