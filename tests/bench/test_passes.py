"""Lists of passes: their names and keys, what each does to a network, and how long it takes."""

from __future__ import annotations

import json
import time

import pytest
import torch
from torch import nn
from tvm.relax import transform

from bench.fresh_process import ask
from bench.models.executing import runner, to_device
from bench.models.relax_import import import_module
from bench.models.targets import target_for
from bench.passes.clock import PassClock, Span
from bench.passes.names import HEIRS, PASSES, SERIES, WITHOUT_HEIR, pass_named
from bench.passes.pipeline import compile_by, tvm_names
from bench.passes.specs import BASELINE, PRESETS, PassSpec, crash_of, expand

EVERYTHING = PassSpec.of(3, PASSES)


class Net(nn.Module):
    """A convolution with BatchNorm, a branch computed twice, a reshape undone, two products of one operand."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.left, self.right = nn.Linear(64, 16, bias=False), nn.Linear(64, 16, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(1, 3, 8, 8)` to `(1, 8, 16)`."""
        y = torch.relu(self.norm(self.convolution(x))).reshape(1, 8, 64)
        y = torch.sin(y) * torch.sin(y)
        return torch.tanh(self.left(y)) + torch.exp(-self.right(y).abs())


@pytest.fixture(scope="module")
def compiled():
    """Compiles the net by a list of passes, and holds its output against torch's."""
    torch.manual_seed(0)
    net, inputs = Net().eval().requires_grad_(requires_grad=False), (torch.randn(1, 3, 8, 8),)
    net.norm.running_mean.normal_()
    net.norm.running_var.uniform_(0.5, 2)
    module = import_module(net, inputs)

    def compile_and_check(*passes: str, level: int = 3, schedule: bool = True):
        found = compile_by(PassSpec.of(level, passes), module, target_for("cpu"), schedule=schedule)
        output = torch.from_numpy(runner(found.executable, "cpu")(*to_device(inputs, "cpu")).numpy())
        torch.testing.assert_close(output, net(*inputs), rtol=1e-4, atol=1e-4)
        return found

    return compile_and_check


@pytest.mark.parametrize("name", PASSES)
def test_each_pass_alone(name, compiled):
    """With any single pass the output is torch's, the pass has run, and its time is known."""
    assert compiled(name).pass_s[name] > 0


def test_effects(compiled):
    """Passes do what they are said to do: fewer kernels, by how many tells which."""
    plain, folded = compiled().kernels, compiled("FoldConstant").kernels
    assert compiled("FuseOps").kernels < plain
    assert compiled("EliminateCommonSubexpr").kernels < plain  # one sine for two
    assert folded == plain - 2  # the weights are transposed by the compiler
    assert compiled("FoldBatchnormToConv2D").kernels > plain  # the weights are scaled at each call
    assert compiled("FoldBatchnormToConv2D", "FoldConstant").kernels <= folded
    assert compiled("ConvertLayout").kernels > plain  # there and back


def test_all_at_once(compiled):
    """All passes together are right too, scheduled or not."""
    found = compiled(*PASSES)
    assert set(found.pass_s) == set(PASSES)
    assert compiled(*PASSES, schedule=False).kernels == found.kernels
    assert compiled(*SERIES).unscheduled == ()


def test_named_passes_run_at_level_0(compiled):
    """A pass that a spec names runs at level 0 too, where TVM would leave it out."""
    name = "EliminateCommonSubexpr"  # of level 1
    assert compiled(name, level=0).kernels == compiled(name).kernels < compiled(level=0).kernels


def test_clock():
    """Spans are nested as the passes are; a pass inside another of the names counts once."""
    clock = PassClock()
    clock.spans = [Span("inner", 1, 1.0, 2.0), Span("outer", 0, 0.0, 5.0), Span("inner", 0, 6.0, 1.0)]
    assert clock.seconds(["inner"]) == 3.0
    assert clock.seconds(["inner", "outer"]) == 6.0
    assert clock.seconds(["absent"]) == 0


def test_clock_agrees_with_the_wall(compiled):
    """The passes take part of the time that compiling takes, and no more."""
    start = time.perf_counter()
    found = compiled(*SERIES)
    assert 0 < sum(found.pass_s.values()) < time.perf_counter() - start


def test_keys():
    """A key has the form of the predecessor's, in one order; it is read back as what it was made of."""
    spec = PassSpec.of(3, ["FoldConstant", "FuseOps", "FoldConstant"])
    assert spec.key == "3;FuseOps|FoldConstant"
    assert PassSpec.from_key(spec.key) == spec
    assert PassSpec.of(0, [""]).key == BASELINE == "0;"
    assert PassSpec.from_key(EVERYTHING.key) == EVERYTHING


def test_presets():
    """The cumulative series adds pass by pass; leave-one-out has all, and all but each; labels tell them apart."""
    cumulative, left_out = (list(PRESETS[name]) for name in ("cumulative", "leave_one_out"))
    assert cumulative[:3] == ["0;", "3;FuseOps", "3;FuseOps|FoldConstant"]
    assert len(cumulative) == len(left_out) + 1 == len(SERIES) + 1
    assert cumulative[-2] == left_out[0]  # all but the last, which makes another network
    assert {key.count("|") for key in left_out[1:]} == {len(SERIES) - 3}
    for labels in PRESETS.values():
        assert len(set(labels.values())) == len(labels)


def test_expand():
    """Presets, pairs and keys stand side by side in a config; equal specs are measured once."""
    wanted = ["0;", "3;FuseOps", "2;FuseOps|FoldConstant"]
    assert expand([[0, ""], [3, "FuseOps"], "3;FuseOps", [2, ["FoldConstant", "FuseOps"]]]) == wanted
    assert expand("cumulative") == list(PRESETS["cumulative"])
    assert len(expand(["cumulative", "leave_one_out"])) == 2 * len(SERIES) - 1  # two stand in both


@pytest.mark.parametrize(("old", "heir"), HEIRS.items())
def test_heirs(old, heir):
    """The predecessor's names are taken for what became of them."""
    assert expand([[3, old]]) == [f"3;{heir}"]


@pytest.mark.parametrize(
    "wrong",
    [[4, ""], [True, ""], [3], [3, 4], [3, ["FuseOps", 4]], "4;", "3", "all", 3, [3, "Vectorize"]],
    ids=json.dumps,
)
def test_wrong_specs(wrong):
    """What is no spec is refused in one line."""
    with pytest.raises(ValueError, match=r"spec|pass") as error:
        expand([wrong])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("old", WITHOUT_HEIR)
def test_passes_without_heir(old):
    """A pass that Relax does not have is refused with the reason."""
    with pytest.raises(ValueError, match=f"^{old}: .+"):
        pass_named(old)


def test_tvm_knows_the_names():
    """What the clock looks for is what TVM calls the passes."""
    for name in ("FuseOps", "FoldConstant", "DecomposeOpsForInference", "DataflowUseInplaceCalls"):
        assert getattr(transform, name)().info.name in tvm_names(name)


def compile_alone(tell, *passes):
    """In a process of its own: the net by a list of passes."""
    net = Net().eval().requires_grad_(requires_grad=False)
    compile_by(PassSpec.of(3, passes), import_module(net, (torch.randn(1, 3, 8, 8),)), target_for("cpu"), schedule=True)


def test_crash_is_avoided():
    """The list that is skipped does crash TVM; once it does not, `crash_of` can go."""
    passes = ["FoldBatchnormToConv2D", "ConvertLayout"]
    assert ask(compile_alone, *passes, deadline_s=100).death == "killed by SIGSEGV"
    assert "TVM 0.27 crashes" in crash_of(PassSpec.of(3, passes))
    assert ask(compile_alone, *passes, "FoldConstant", deadline_s=100).death == ""
    assert crash_of(PassSpec.of(3, [*passes, "FoldConstant"])) is None
    assert not any(crash_of(PassSpec.from_key(key)) for labels in PRESETS.values() for key in labels)
