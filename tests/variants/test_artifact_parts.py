"""The hash of what TVM has built: what changes it, what does not, and which functions are named. With the real TVM."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tvm
from tvm import relax, te

from pytest_relaybench.history.artifacts import ArtifactDifference, artifact_difference
from pytest_relaybench.variants.artifact_parts import Artifact, artifact_of, joined
from pytest_relaybench.variants.constant_pool import MARK, constant_parts
from pytest_relaybench.variants.versions_api import tensor_type

CHAIN = ("matmul", "relu", "add", "tanh")
UNARY = {"relu": relax.op.nn.relu, "tanh": relax.op.tanh, "exp": relax.op.exp, "sigmoid": relax.op.sigmoid}


def chain(ops=CHAIN, *, argument="x", rows=4, weight=1.0) -> tvm.IRModule:
    """A program of one operator after the other."""
    constants = {"matmul": np.arange(64.0).reshape(8, 8), "add": np.full(8, weight)}
    builder = relax.BlockBuilder()
    value = variable = relax.Var(argument, tensor_type((rows, 8), "float32"))
    with builder.function("main", [variable]):
        with builder.dataflow():
            for name in ops:
                if name in UNARY:
                    value = builder.emit(UNARY[name](value))
                else:
                    value = builder.emit(getattr(relax.op, name)(value, relax.const(constants[name].astype("float32"))))
            value = builder.emit_output(value)
        builder.emit_func_output(value)
    return builder.get()


def build(module=None, *, target="llvm", opt_level=3, **how) -> Artifact:
    """The artifact of a module, the chain by default, built as a user would."""
    with tvm.transform.PassContext(opt_level=opt_level):
        executable = relax.build(chain() if module is None else module, tvm.target.Target({"kind": target}), **how)
    return artifact_in(executable)


def artifact_in(executable) -> Artifact:
    library = Path("artifact.so")
    executable.export_library(str(library))
    return artifact_of(executable, library)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Artifact:
    """The chain's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("built"))
        return build()


def test_parts_are_kernels_constants_and_the_program(built) -> None:
    """Every function that runs and every constant has its hash; so has the version of LLVM, which may change all."""
    assert set(built.parts) == {
        "matmul", "relu", "add", "tir_tanh", "main", "LLVM", "constant float32[8, 8]", "constant float32[8]",
    }  # fmt: skip
    assert len(set(built.parts.values())) == len(built.parts)


def test_the_same_again(built) -> None:
    """The same program gives the same hash, also in another folder and process, whatever its variables are called."""
    assert build() == built
    assert build(chain(argument="a_longer_name")).hash == built.hash
    program = (
        "import json; from tests.variants.test_artifact_parts import build, chain; "
        "build(chain(('exp',))); a = build(); print(json.dumps([a.hash, dict(a.parts)]))"
    )
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "7"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout.splitlines()[-1]) == [built.hash, dict(built.parts)]


@pytest.mark.parametrize(
    ("module", "difference"),
    [
        (lambda: chain(weight=2.0), ArtifactDifference(changed=("constant float32[8]",))),
        (
            lambda: chain(("matmul", "relu", "add", "sigmoid")),
            ArtifactDifference(added=("tir_sigmoid",), removed=("tir_tanh",), changed=("main",)),
        ),
        (lambda: chain(("exp", *CHAIN)), ArtifactDifference(added=("tir_exp",), changed=("main",))),
        (lambda: chain(("matmul", "add", "relu", "tanh")), ArtifactDifference(changed=("main",))),
        (
            lambda: chain(rows=5),
            ArtifactDifference(changed=("add", "main", "matmul", "relu", "tir_tanh")),
        ),
    ],
    ids=["constant", "operator", "one more", "order", "shape"],
)
def test_what_changed_is_named(built, module, difference) -> None:
    """A constant, an operator, one more in front, another order, another shape: these are named, and no other."""
    other = build(module())
    assert other.hash != built.hash
    assert artifact_difference(built.parts, other.parts) == difference


def test_numbers_of_kernels_do_not_count() -> None:
    """Kernels get a number where another of their name comes first; those whose code is the same are no change."""
    shapes = {"one": (8, 8), "two": (8, 4)}

    def layers(*names: str) -> tvm.IRModule:
        builder = relax.BlockBuilder()
        value = variable = relax.Var("x", tensor_type((4, 8), "float32"))
        with builder.function("main", [variable]):
            for name in names:
                weights = np.ones(shapes[name], "float32")
                value = builder.emit(relax.op.matmul(value, relax.const(weights)))
            builder.emit_func_output(value)
        return builder.get()

    last, both = build(layers("two")), build(layers("one", "two"))
    assert last.parts["matmul"] == both.parts["matmul1"]
    assert artifact_difference(last.parts, both.parts) == ArtifactDifference(
        added=("constant float32[8, 8]", "matmul"), changed=("main",)
    )


def test_another_optimisation_level_and_another_cpu(built) -> None:
    """Fused kernels are others than single ones, and so is code for another CPU."""
    fused = build(relax_pipeline=relax.get_default_pipeline(tvm.target.Target("llvm")))
    assert artifact_difference(built.parts, fused.parts).added == ("fused_matmul_relu_add_tir_tanh",)
    assert fused.hash != built.hash
    with tvm.transform.PassContext(opt_level=3):
        wide = relax.build(chain(), tvm.target.Target({"kind": "llvm", "mcpu": "skylake-avx512"}))
    difference = artifact_difference(built.parts, artifact_in(wide).parts)
    assert set(difference.changed) == {"matmul", "relu", "add", "tir_tanh"}


def test_compiled_programs() -> None:
    """Where the program itself is compiled, it is a function like the kernels."""
    plain, longer = build(exec_mode="compiled"), build(chain(("exp", *CHAIN)), exec_mode="compiled")
    assert build(chain(argument="y"), exec_mode="compiled").hash == plain.hash
    assert artifact_difference(plain.parts, longer.parts) == ArtifactDifference(
        added=("tir_exp",), changed=("__vmtir__main",)
    )


def test_kernel_without_a_program() -> None:
    """A kernel that was compiled alone has its function, and no program."""

    def kernel(summand: float) -> Artifact:
        numbers = te.placeholder((8,), name="numbers")
        function = te.create_prim_func([numbers, te.compute((8,), lambda index: numbers[index] + summand)])
        return artifact_in(tvm.compile(tvm.IRModule({"main": function.with_attr("global_symbol", "main")}), "llvm"))

    assert set(kernel(1.0).parts) == {"main", "LLVM"}
    assert kernel(1.0) == kernel(1.0)
    assert artifact_difference(kernel(1.0).parts, kernel(2.0).parts) == ArtifactDifference(changed=("main",))


def test_without_a_library_constants_are_left_out(built) -> None:
    """Too many weights to export: the code's hash alone, which is another than with constants."""
    executable = relax.build(chain(), tvm.target.Target("llvm"))
    found = artifact_of(executable, None)
    assert {name for name in built.parts if name not in found.parts} == {
        "constant float32[8, 8]",
        "constant float32[8]",
    }
    assert found.hash not in {"", built.hash}
    assert artifact_of(relax.build(chain(weight=2.0), tvm.target.Target("llvm")), None).hash == found.hash


def test_what_cannot_be_looked_into_has_no_hash() -> None:
    """A module without a source, as of a foreign library, might change unseen; so might a TVM with other ways in."""
    opaque = SimpleNamespace(kind="static_library", imports=[], inspect_source=lambda _: "")
    assert artifact_of(SimpleNamespace(mod=opaque), None) == Artifact()
    assert artifact_of(object(), None) == Artifact()
    assert joined([Artifact("a", {"main": "m"}), Artifact()]) == Artifact()


CUDA = """
#include <cuda_fp16.h>
extern "C" __global__ void __launch_bounds__(64) {first}_kernel(float* __restrict__ a);
extern "C" __global__ void __launch_bounds__(64) {first}_kernel(float* __restrict__ a) {{
  a[threadIdx.x] = {value};  // a comment
}}
extern "C" __global__ void relu_kernel(float* __restrict__ a) {{
  a[threadIdx.x] = max(a[threadIdx.x], 0.0f);
}}
"""


def test_kernels_of_a_gpu() -> None:
    """Each kernel of a source text is a function; comments, blanks and the number in its name do not count."""

    def of(text: str) -> Artifact:
        module = SimpleNamespace(kind="cuda", imports=[], inspect_source=lambda _: text)
        return artifact_of(SimpleNamespace(mod=module), None)

    plain = of(CUDA.format(first="add", value="1.0f"))
    assert set(plain.parts) == {"add_kernel", "relu_kernel", "LLVM"}
    renamed = of(CUDA.format(first="add3", value="1.0f").replace("  // a comment", "").replace("= 1", "=   1"))
    assert renamed.hash == plain.hash
    other = of(CUDA.format(first="add", value="2.0f"))
    assert artifact_difference(plain.parts, other.parts) == ArtifactDifference(changed=("add_kernel",))
    assert set(of("kernel void f() {}").parts) == {"cuda", "LLVM"}


def test_several_builds_of_one_test(built) -> None:
    """All that a test compiles counts, in order; one build stands for itself."""
    other = Artifact("b" * 20, {"main": "n"})
    both = joined([built, other])
    assert joined([built]) == built
    assert joined([]) == Artifact()
    assert both.parts == {**built.parts, "main #2": "n"}
    assert len({both.hash, built.hash, other.hash, joined([other, built]).hash}) == 4


@pytest.mark.parametrize("rest", [b"", b"\0" * 24, b"\xff" * 200])
def test_bytes_that_look_like_a_tensor(rest, tmp_path) -> None:
    """A mark that no tensor follows is none."""
    (tmp_path / "x.so").write_bytes(b"\x7fELF" + MARK + rest)
    assert constant_parts(tmp_path / "x.so") == []
