"""The models of config files: defaults, bounds, axes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pytest_relaybench.config import (
    ExperimentConfig,
    HomeConfig,
    ProcessPinning,
    SubsystemConfig,
    TrialConfig,
    axes_of,
    axis,
    axis_values,
    parse_cores,
)

FOLDERS = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}


@given(st.sets(st.integers(0, 300), min_size=1))
def test_cores_read_back(cores):
    """A list of numbers and ranges names exactly the cores that were written."""
    assert parse_cores(",".join(map(str, sorted(cores)))) == cores
    assert parse_cores(f"{min(cores)}-{max(cores)}") == set(range(min(cores), max(cores) + 1))


@pytest.mark.parametrize("text", ["", "a", "0x3", "-1", "1-", "3-1", "1,,2", "1;2", "0-3-5", "²", "0-99999999999"])
def test_cores_that_are_none(text):
    """Anything but numbers and ranges is refused with the rule."""
    with pytest.raises(ValueError, match=r"cores are listed as|runs backwards"):
        parse_cores(text)


def test_pinning():
    """Pinning that is off pins to nothing; pinning that is on needs cores."""
    assert ProcessPinning(cores="0-3").cpus() == ()
    assert ProcessPinning(enable=True, cores="6,0-2").cpus() == (0, 1, 2, 6)
    with pytest.raises(ValidationError, match="no cores are named"):
        ProcessPinning(enable=True)


def test_home_folders_expand_the_user(monkeypatch):
    """`~` in a folder is the user's home; an empty name, and a user who does not exist, are refused."""
    monkeypatch.setenv("HOME", "/users/ada")
    assert HomeConfig(**{**FOLDERS, "backup_dir": "~/x"}).backup_dir == "/users/ada/x"
    for name in ("", "  ", "~no-such-user-here/x"):
        with pytest.raises(ValidationError):
            HomeConfig(**{**FOLDERS, "backup_dir": name})


@pytest.mark.parametrize("model", [ExperimentConfig, TrialConfig, SubsystemConfig, HomeConfig])
def test_unknown_keys_and_changes_are_refused(model):
    """No model takes a key that it does not know, and none can be changed after it was read."""
    given = {"active": True} if model is not HomeConfig else dict(FOLDERS)
    with pytest.raises(ValidationError, match="Extra inputs"):
        model(**given, unknown=1)
    with pytest.raises(ValidationError, match="frozen"):
        model(**given).title = "x"


def test_trial_defaults_are_the_predecessors():
    """dry_run 8, seed 0, not set; all counts are bounded below."""
    config = TrialConfig()
    assert (config.dry_run, config.set_seed, config.seed) == (8, False, 0)
    for key in ("dry_run", "n_inputs", "n_times_per_input", "seed"):
        with pytest.raises(ValidationError):
            TrialConfig(**{key: -1})


class Matrix(ExperimentConfig):
    sizes: list[int] = axis("size", [64, 256], description="edge of the matrix")
    networks: list[str] = axis("network", ["dqn"])
    other: tuple[int, ...] = (1,)


def test_axes():
    """An axis gives its parameter the config's values, repeats dropped, first order kept; other lists are no axes."""
    assert axes_of(Matrix) == {"size": "sizes", "network": "networks"}
    config = Matrix(sizes=[3, 1, 3, 2, 1])
    assert axis_values(config) == {"size": [3, 1, 2], "network": ["dqn"]}


def test_axis_defaults_are_not_shared():
    """Two configs from defaults do not share a list."""
    assert Matrix().sizes is not Matrix().sizes
    assert Matrix().sizes == [64, 256]


def test_empty_axis_is_refused():
    """An axis without values would run nothing and call it success."""
    with pytest.raises(ValidationError, match="at least 1"):
        Matrix(sizes=[])


def test_fields_are_described():
    """Every folder of a home says what it is for, since editors show it."""
    for key in FOLDERS:
        assert HomeConfig.model_fields[key].description, Path(key)
