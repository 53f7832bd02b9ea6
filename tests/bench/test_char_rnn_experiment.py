"""The experiment char_rnn: its names and weights, its config, and a whole run of it."""

from __future__ import annotations

import json
import string

import numpy as np
import pandas as pd
import pytest

from bench.models import char_rnn
from bench.recurrent.char_weights import category_of, fitted, spell
from bench.recurrent.config import RELAX
from bench.recurrent.names import END, LANGUAGES, LETTERS, LONGEST, NAMES, text_of
from bench.test_char_rnn import Config, summarize
from pytest_relaybench.config import axis_values
from pytest_relaybench.errors import ConfigError
from pytest_relaybench.history.table import open_history
from pytest_relaybench.reading import parse_config, read_config
from pytest_relaybench.render.series import expand_params

from .recurrent_nights import NIGHTLY, SAMPLES, run_night, summary

LEAST_MARGIN = 1e-5  # between the two likeliest letters; single precision errs by a tenth of it


def parsed(**content):
    return parse_config(json.dumps(content), Config, name="config.json")


def test_names_to_learn_from():
    """A dozen names for each of the tutorial's 18 languages, of letters that the network has, short enough to spell."""
    assert len(LANGUAGES) == 18
    assert {len(set(names)) for names in NAMES.values()} == {12}
    assert all(set(name) <= set(LETTERS) and len(name) < LONGEST for names in NAMES.values() for name in names)


def test_text_ends_at_the_end():
    """What follows the end is no part of a name, and a name may be cut off without one."""
    assert text_of([26, 1, END, 4, END]) == "Ab"
    assert text_of([26, 1]) == "Ab"


def test_larger_networks_know_the_names():
    """With 512 units the network spells names that it was fitted to, and others for each language."""
    made_up = {language: {spell(language, first, 512) for first in string.ascii_uppercase} for language in LANGUAGES}
    known = sum(len(made_up[language] & set(NAMES[language])) for language in LANGUAGES)
    assert known >= 10
    assert len({frozenset(names) for names in made_up.values()}) == 18


def test_no_letter_hangs_on_rounding():
    """With 16 units, the likeliest letter leads clearly wherever a name goes, so that engines cannot disagree."""
    weights = fitted(16)
    leads = []
    for language in LANGUAGES:
        for first in string.ascii_uppercase:
            letter, hidden, count = LETTERS.index(first), np.zeros(16), 1
            while letter != END and count < LONGEST:
                _, features = weights.features(category_of(language), letter, hidden)
                best = np.sort(weights.last @ features + weights.last_bias)
                leads.append(best[-1] - best[-2])
                letter, hidden = weights.step(category_of(language), letter, hidden)
                count += 1
    assert min(leads) > LEAST_MARGIN


@pytest.mark.parametrize("hidden_size", [16, 128])
def test_torch_spells_as_numpy(hidden_size):
    """Torch's network, in single precision, spells what the fitted weights do in double; unrolled it does, too."""
    cell = char_rnn.build_char_rnn(hidden_size)
    category, *letters = char_rnn.spelling_inputs("Japanese", list("AKTZ"))
    names = [spell("Japanese", first, hidden_size) for first in "AKTZ"]
    assert [char_rnn.spell(cell, category, letter, cell.nothing()) for letter in letters] == names
    unrolled = char_rnn.Unrolled(cell)
    assert [text_of(unrolled(category, letter).tolist()) for letter in letters] == names


def test_defaults():
    """All languages and capital letters with 16 units, as in the predecessor."""
    config = parsed(active=True)
    assert axis_values(config) == {
        "device": ["cpu"],
        "engine": ["relax-bytecode", "relax-compiled", "torch-eager"],
        "mode": ["cell", "loop"],
        "hidden_size": [16],
        "language": list(LANGUAGES),
    }
    assert "".join(config.inputs) == string.ascii_uppercase
    assert (config.n_inputs, config.n_times_per_input) == (1, 100)


def test_predecessors_words():
    """An old config says the same as before: engines of `frameworks` and methods, modes of `relay_configs`."""
    old = {"frameworks": ["pt", "relay"], "relay_methods": ["intp"], "relay_configs": ["loop"], "n_times": 4}
    config = parsed(**old, inputs=["A", "B"], languages=["Irish"], n_inputs=1)
    assert (config.engines, config.modes) == (["torch-eager", "relax-bytecode"], ["loop"])
    assert not {*old} & set(config.model_dump())
    assert parsed(frameworks=["pt"], relay_configs=[]).modes == ["cell"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"frameworks": ["relay"], "relay_configs": []}, "at least one of `relay_configs` must be named"),
        ({"relay_methods": []}, "at least one of `relay_methods` must be named"),
        ({"relay_configs": ["loop"], "modes": ["cell"]}, "say the same"),
        ({"engines": ["torch-eager"], "modes": ["loop"]}, "nothing would be measured"),
        ({"modes": []}, "modes"),
        ({"inputs": ["AB"]}, "inputs.0"),
        ({"inputs": ["A", "a"]}, "inputs.1: an input is one of the capital letters A to Z"),
        ({"inputs": [" "]}, "inputs.0"),
        ({"inputs": [""]}, "inputs.0"),
        ({"relay_configs": ["vine"]}, "relay_configs.0"),
        ({"frameworks": "pt"}, "frameworks"),
        ({"frameworks": ["mxnet"]}, "frameworks.0: mxnet is not measured any more"),
        ({"relay_methods": ["intp", 3]}, "relay_methods.1"),
        ({"n_times": 0}, "n_times"),
        ({"inputs": []}, "inputs"),
        ({"languages": ["Klingon"]}, "languages.0: the languages are Arabic"),
        ({"n_inputs": 2}, "n_inputs"),
        ({"hidden_sizes": [0]}, "hidden_sizes.0"),
    ],
    ids=str,
)
def test_wrong_configs(wrong, told):
    """What cannot be measured is refused, and the fault says what the rule is."""
    with pytest.raises(ConfigError, match=told):
        parsed(**wrong)


def test_shipped_configs():
    """The sample is one language and size; the nightly config sweeps sizes."""
    sample = read_config(SAMPLES / "char_rnn/config.json", Config, mandatory=["active"])
    assert (len(sample.languages), sample.hidden_sizes) == (1, [16])
    nightly = read_config(NIGHTLY / "char_rnn/config.json", Config, mandatory=["active"])
    assert nightly.hidden_sizes == [16, 128, 512, 1024]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of two languages; the unrolled mode of one engine only, which takes longest to compile."""
    return run_night(
        tmp_path_factory.mktemp("night"),
        "char_rnn",
        *("-k", "not unrolled or relax-compiled"),
        modes=["cell", "loop", "unrolled"],
        languages=["Greek", "Korean"],
        inputs=["A", "K", "T"],
        n_times_per_input=5,
        dry_run=1,
    )


def test_night(night):
    """Every mode of every engine spelled torch's names in both languages, and has a time for each."""
    times = night.values("time", "engine", "mode", "language")
    ways = {(engine, mode) for engine in RELAX for mode in ("cell", "loop")}
    ways |= {("torch-eager", "cell"), ("relax-compiled", "unrolled")}
    assert set(times) == {(*way, language) for way in ways for language in ("Greek", "Korean")}


def test_letters(night):
    """The number of letters that a time stands for is recorded, the same by every engine; no language has another's."""
    counts = night.values("letters", "engine", "mode", "language")
    spelled = {language: sum(len(spell(language, first, 16)) for first in "AKT") for language in ("Greek", "Korean")}
    assert {key[2]: value for key, value in counts.items()} == spelled
    assert all(value == spelled[key[2]] for key, value in counts.items())


def test_summary(night):
    """The summary keeps languages apart, tells ratios over torch, and shows one name."""
    text = summary(night, "char_rnn")
    assert "Greek: torch-eager" in text
    assert "Korean: torch-eager" in text
    assert text.count("relax-compiled loop") == 2
    assert text.endswith(f"M in Greek, 16 units: {spell('Greek', 'M', 16)}")


def test_much_work_is_told_by_means(night):
    """A summary of many sizes and languages has a line for each way, not for each piece of work."""
    table = expand_params(open_history(night.home))
    copies = [table.assign(value=table["min"], hidden_size=size) for size in (16, 32, 64, 128, 256)]
    text = summarize(pd.concat(copies))
    assert "geometric means of 10 kinds of work" in text
    assert "relax-compiled loop: " in text
