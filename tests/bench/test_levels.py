"""Optimisation levels: right at each of them, and each does what it is said to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import tvm
from tvm_ffi import structural_hash

from bench.models import build
from bench.models.levels import before_scheduling, compile_at, scheduler
from bench.models.relax_import import import_module
from bench.models.targets import target_for
from bench.models.vgg16 import VGG16
from bench.opt_levels import MEANINGS, OPT_LEVELS, TUNED


@pytest.fixture(scope="module")
def models():
    """Each network with inputs; images are small, since kernels without a schedule are slow."""
    torch.manual_seed(0)
    small_vgg = VGG16(image_size=32, hidden=64).eval().requires_grad_(requires_grad=False)
    return {
        "nature-dqn": (build("nature-dqn"), (torch.randn(1, 4, 84, 84),)),
        "resnet-18": (build("resnet-18"), (torch.randn(1, 3, 32, 32),)),
        "mobilenet": (build("mobilenet"), (torch.randn(1, 3, 32, 32),)),
        "vgg-16": (small_vgg, (torch.randn(1, 3, 32, 32),)),
    }


# folding the constants of a network with many BatchNorms takes a quarter of a minute, so it is done once
@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("nature-dqn", OPT_LEVELS),
        ("resnet-18", (0, 3)),
        ("vgg-16", OPT_LEVELS),
        ("mobilenet", (0, 3)),
    ],
)
def test_outputs_at_every_level(name, levels, models, compile_and_check):
    """A network's output is torch's at every level; kernels grow fewer, and O3 has a schedule for each."""
    compiled = {level: compile_and_check(*models[name], level) for level in levels}
    kernels = [compiled[level].kernels for level in levels]
    assert kernels[1] < kernels[0]
    assert kernels[-1] <= kernels[1]
    assert not compiled[3].unscheduled


def test_dcgan(compile_and_check):
    """Transposed convolutions, too, have a schedule and are right."""
    compiled = compile_and_check(build("dcgan"), (torch.randn(1, 100, 1, 1),), 3)
    assert not compiled.unscheduled


def test_batch_norm_is_folded_at_o2(compile_and_check):
    """At O2 a convolution with BatchNorm and activation is one kernel; at O1 BatchNorm has its own."""
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU()).eval()
    layers.requires_grad_(requires_grad=False)
    inputs = (torch.randn(1, 3, 16, 16),)
    kernels = [compile_and_check(layers, inputs, level).kernels for level in OPT_LEVELS]
    assert kernels[1] > kernels[2] == kernels[3] == 1


def test_batches(compile_and_check):
    """More than one image per call is right too."""
    compiled = compile_and_check(build("nature-dqn"), (torch.randn(3, 4, 84, 84),), 3)
    assert not compiled.unscheduled


def test_meanings_name_every_level():
    """The config's description explains each level."""
    assert [part.split(":")[0] for part in MEANINGS.split("; ")] == [str(level) for level in (*OPT_LEVELS, TUNED)]


@pytest.mark.parametrize(("level", "database"), [(3, Path("database")), (4, None)])
def test_only_level_4_takes_a_database(level, database):
    """Level 4 without a database would be level 3 under another name, and 3 with one would be 4."""
    with pytest.raises(ValueError, match="level 4 takes a tuning database, the others take none"):
        compile_at(level, tvm.IRModule({}), target_for("cpu"), database)


def test_scheduling_leaves_its_module_alone():
    """A pass returns another module: what it was given can be scheduled once more, or tuned."""
    kernels = import_module(torch.nn.Linear(4, 3).eval().requires_grad_(requires_grad=False), (torch.ones(2, 4),))
    with target_for("cpu"), tvm.transform.PassContext(opt_level=3):
        kernels = tvm.transform.Sequential(before_scheduling(3))(kernels)
    before = structural_hash(kernels)
    scheduled = scheduler(target_for("cpu"), best=True)(kernels)
    assert structural_hash(kernels) == before != structural_hash(scheduled)
