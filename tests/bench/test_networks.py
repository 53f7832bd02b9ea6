"""The torch networks that experiments share."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from bench.models import NETWORKS, build, example_inputs
from bench.network_names import NETWORK_NAMES, RTOL, atol_of
from bench.processors import skip_if_too_many
from pytest_relaybench.measure.correctness import OutputMismatchError, check_output

PARAMETERS = {
    "resnet-18": 11_689_512,
    "mobilenet": 3_504_872,
    "nature-dqn": 1_693_362,
    "vgg-16": 138_357_544,
    "dcgan": 12_658_435,
}
OUTPUTS = {"resnet-18": (1000,), "mobilenet": (1000,), "nature-dqn": (18,), "dcgan": (3, 64, 64)}


@pytest.mark.parametrize("name", NETWORKS)
def test_size(name):
    """Each network has the published number of parameters."""
    with torch.device("meta"):
        model = NETWORKS[name].make()
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]


def test_names():
    """Configs know every network, and no other."""
    assert tuple(NETWORKS) == NETWORK_NAMES


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs(name):
    """A network is in eval mode, and maps a batch to finite outputs that are neither tiny nor huge."""
    model = build(name)
    outputs = model(*example_inputs(name, 2, seed=1))
    assert not any(module.training for module in model.modules())
    assert outputs.shape == (2, *OUTPUTS[name])
    assert torch.isfinite(outputs).all()
    assert 0.01 < outputs.std() < 10


def test_equal_seeds_build_equal_networks():
    """The seed alone decides weights and BatchNorm statistics, and torch's own random state stays as it was."""
    before = torch.random.get_rng_state()
    first, same, other = (build("mobilenet", seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["head.2.weight"], other["head.2.weight"])


def test_inputs_follow_their_seed():
    """Equal seeds give equal inputs, others differ."""
    first, same, other = (example_inputs("nature-dqn", 2, seed)[0] for seed in (1, 1, 2))
    assert first.shape == (2, 4, 84, 84)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_batch_norm_statistics_are_those_of_activations():
    """BatchNorm layers have statistics of their own activations, so that folding them changes weights."""
    layers = [module for module in build("resnet-18").modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(layers) == 20
    for layer in layers:
        assert not torch.allclose(layer.running_mean, torch.zeros(()), atol=1e-3)
        assert not torch.allclose(layer.running_var, torch.ones(()), atol=1e-3)
        assert not torch.equal(layer.weight, torch.ones_like(layer.weight))


@pytest.mark.parametrize("name", ["nature-dqn", "mobilenet"])
def test_half_precision_does_not_pass_for_single(name):
    """The tolerance goes with the outputs' size: computing in float16 fails, also where all outputs are small."""
    model, inputs = build(name), example_inputs(name, 1, seed=3)
    wanted = model(*inputs)
    halved = copy.deepcopy(model).half()(*(value.half() for value in inputs))
    with pytest.raises(OutputMismatchError):
        check_output(halved, wanted, rtol=RTOL, atol=atol_of([wanted]))
    noisy = model.double()(*(value.double() for value in inputs))  # as far off as another order of additions
    check_output(noisy, wanted, rtol=RTOL, atol=atol_of([wanted]))


def test_more_threads_than_cpus(monkeypatch):
    """A count that this machine cannot serve is skipped with the reason."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    skip_if_too_many(2)
    with pytest.raises(pytest.skip.Exception, match="3 threads on 2 CPUs would wait for each other"):
        skip_if_too_many(3)
