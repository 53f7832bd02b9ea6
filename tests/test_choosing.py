"""Which builds an experiment runs on: the command line before `compare`, before `tvm_branch` and `variants`."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_relaybench.choosing import Chosen, check_compare, choose
from pytest_relaybench.config import ExperimentConfig, HomeConfig
from pytest_relaybench.errors import VariantError
from pytest_relaybench.options import Options
from pytest_relaybench.variants.spec import Git, Installed, Release

REMOTE = "/somewhere/tvm"
STABLE = Git(REMOTE, "v1", from_default=True, name="stable")
MAIN, SLOW = (Git(REMOTE, ref, from_default=True) for ref in ("main", "slow"))


def options(compare: str | None = None) -> Options:
    return Options(None, False, None, (), True, False, "process", compare=compare)


@pytest.fixture
def home() -> HomeConfig:
    """A dashboard with a remote of its own and one named variant."""
    table = {"stable": {"kind": "git", "ref": "v1"}}
    return HomeConfig(tmp_data_dir="t", backup_dir="b", setup_dir="s", tvm_remote=REMOTE, variants=table)


@pytest.mark.parametrize(
    ("config", "specs", "labels"),
    [
        ({}, (Installed(),), ("installed",)),
        (
            {"variants": ["git:main", "stable", "release:0.26.0", "git:main"]},
            (MAIN, STABLE, Release("0.26.0")),
            ("git:main", "stable", "release:0.26.0"),
        ),
        ({"tvm_branch": "slow"}, (SLOW,), ("git:slow",)),
        ({"tvm_remote": "/other", "tvm_branch": "dev"}, (Git("/other", "dev"),), ("git:/other@@dev",)),
        ({"tvm_remote": "/other", "variants": ["git:dev"]}, (Git("/other", "dev"),), ("git:/other@@dev",)),
    ],
)
def test_variants(home: HomeConfig, config: dict[str, Any], specs: tuple[Any, ...], labels: tuple[str, ...]) -> None:
    """In the order written, repeats dropped, from the dashboard's remote or the experiment's own."""
    assert choose(options(), home, ExperimentConfig(**config)) == Chosen(specs)
    assert choose(options(), home, ExperimentConfig(**config)).labels == labels


def test_compare(home: HomeConfig) -> None:
    """`compare` counts before `variants`, `--compare` before both; the two builds are one value of the parameter."""
    config = ExperimentConfig(variants=["stable"], compare=("git:main", "stable"))
    chosen = choose(options(), home, config)
    assert (chosen, chosen.labels) == (Chosen((MAIN, STABLE), compared=True), ("git:main..stable",))
    asked = choose(options("git:main..git:slow"), home, config)
    assert (asked, asked.labels) == (Chosen((MAIN, SLOW), compared=True), ("git:main..git:slow",))


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"variants": ["instaled"]}, "there is no variant 'instaled'; did you mean \"installed\"?"),
        ({"compare": ("stable", "stabel")}, "there is no variant 'stabel'; did you mean \"stable\"?"),
        ({"compare": ("git:main", "git:main")}, "git:main cannot be compared with itself: give it two names"),
        ({"tvm_branch": "dev", "variants": ["stable"]}, "`tvm_branch` stands for the one variant there is"),
    ],
)
def test_what_nobody_knows(home: HomeConfig, config: dict[str, Any], told: str) -> None:
    """One line that helps."""
    with pytest.raises(ValueError, match="^" + told.replace("?", r"\?")) as caught:
        choose(options(), home, ExperimentConfig(**config))
    assert "\n" not in str(caught.value)


def test_check_compare(home: HomeConfig) -> None:
    """What `--compare` asks for is checked before anything else, whatever the configs say."""
    check_compare(options(), home)
    check_compare(options("stable..git:main"), home)
    with pytest.raises(ValueError, match="stable cannot be compared with itself"):
        check_compare(options("stable..stable"), home)


def test_spec_of(home: HomeConfig) -> None:
    """A variant by its label; one that is not among the chosen is told."""
    chosen = choose(options(), home, ExperimentConfig(variants=["stable", "git:main"]))
    assert chosen.spec_of("git:main") == MAIN
    with pytest.raises(
        VariantError, match="there is no variant 'git:slow' in the experiment's config: stable, git:main"
    ):
        chosen.spec_of("git:slow")
