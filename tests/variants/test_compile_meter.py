"""Compile time and artifact size, taken without the author asking."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest
import tvm
from tvm import relax, te

from pytest_relaybench.variants import compile_meter
from pytest_relaybench.variants.compile_meter import CompileMeter

SIDE = 512
WEIGHTS_BYTES = SIDE * SIDE * 4


@pytest.fixture
def meter():
    meter = CompileMeter()
    meter.install()
    yield meter
    meter.uninstall()


@pytest.fixture(scope="module")
def module() -> tvm.IRModule:
    """A Relax module of one operator and one constant of 1 MB."""
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((SIDE, SIDE), "float32"))
    with builder.function("main", [x]):
        weights = relax.const(np.random.default_rng(0).random((SIDE, SIDE), "float32"))
        builder.emit_func_output(builder.emit(relax.op.add(x, weights)))
    return builder.get()


def test_outermost_call_counts_once(meter, module):
    """`tvm.compile` calls `tvm.relax.build`, which is one compilation: its seconds, its library's bytes."""
    started = time.perf_counter()
    executable = tvm.compile(module, "llvm")
    elapsed = time.perf_counter() - started
    (compilation,) = meter.take()
    assert 0 < compilation.seconds < elapsed
    assert compilation.artifact_bytes > WEIGHTS_BYTES
    assert not compilation.reason
    ones = np.ones((SIDE, SIDE), "float32")
    assert relax.VirtualMachine(executable, tvm.cpu())["main"](tvm.runtime.tensor(ones)).numpy().min() >= 1


def test_each_way_of_compiling(meter, module):
    """`tvm.relax.build` itself and kernels without Relax count too, in order; `take` gives each once."""
    numbers = te.placeholder((8,), name="numbers")
    kernel = te.create_prim_func([numbers, te.compute((8,), lambda index: numbers[index] + 1.0)])
    relax.build(mod=module, target="llvm")
    tvm.compile(tvm.IRModule({"main": kernel.with_attr("global_symbol", "main")}), "llvm")
    first, second = meter.take()
    assert first.artifact_bytes > WEIGHTS_BYTES > second.artifact_bytes > 0
    assert meter.take() == []


def test_failed_compilation_is_none(meter):
    """What does not compile raises as ever and counts for nothing, and the next compilation counts."""
    with pytest.raises(ValueError, match="IRModule"):
        tvm.compile("no module")
    assert meter.take() == []
    numbers = te.placeholder((8,), name="numbers")
    tvm.compile(te.create_prim_func([numbers, te.compute((8,), lambda index: numbers[index] + 1.0)]), "llvm")
    assert len(meter.take()) == 1


def test_no_size_without_linker(meter, module, monkeypatch, tmp_path):
    """Where no library can be made, the time counts, and the reason is kept."""
    monkeypatch.setenv("PATH", str(tmp_path))
    tvm.compile(module, "llvm")
    (compilation,) = meter.take()
    assert compilation.seconds > 0
    assert compilation.artifact_bytes is None
    assert "Error" in compilation.reason


def test_no_size_of_huge_weights(meter, module, monkeypatch):
    """Weights that would take much memory to export are not exported."""
    monkeypatch.setattr(compile_meter, "MOST_WEIGHTS_BYTES", WEIGHTS_BYTES - 1)
    tvm.compile(module, "llvm")
    (compilation,) = meter.take()
    assert compilation.artifact_bytes is None
    assert compilation.reason.startswith(f"{WEIGHTS_BYTES} bytes of weights")


def test_export_happens_aside(module):
    """Exporting runs inside the context that it was given, compiling before it."""
    events = []

    @contextmanager
    def aside():
        events.append("export begins")
        yield
        events.append("export ends")

    meter = CompileMeter(aside)
    meter.install()
    try:
        tvm.compile(module, "llvm", relax_pipeline=lambda mod: (events.append("compiled"), _default(mod))[1])
    finally:
        meter.uninstall()
    assert events == ["compiled", "export begins", "export ends"]


def _default(mod):
    return relax.get_pipeline("default_build")(mod)


def test_installing_twice_meters_once(meter, module):
    """`install` may be called for each test; `uninstall` gives tvm its own function back."""
    metered = tvm.compile
    meter.install()
    assert tvm.compile is metered
    tvm.compile(module, "llvm")
    assert len(meter.take()) == 1
    meter.uninstall()
    assert tvm.compile is not metered
    tvm.compile(module, "llvm")
    assert meter.take() == []


def test_does_not_import_tvm():
    """Where tvm was not imported, there is nothing to meter and nothing is imported."""
    code = (
        "import sys; from pytest_relaybench.variants.compile_meter import CompileMeter;"
        "CompileMeter().install(); print('tvm' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_what_was_built_is_told_by_a_hash(meter, module):
    """The same module gives the same artifact each time, with its constants; too many of these are left out of it."""
    tvm.compile(module, "llvm")
    tvm.compile(module, "llvm")
    first, second = (entry.artifact for entry in meter.take())
    assert first == second
    assert f"constant float32[{SIDE}, {SIDE}]" in first.parts
    assert first.hash
