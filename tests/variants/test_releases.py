"""Releases from the package index, side by side, each imported with its own tvm-ffi. These download 400 MB each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_relaybench.errors import VariantError
from pytest_relaybench.variants import release as module
from pytest_relaybench.variants.provision import Provided, Provisioner
from pytest_relaybench.variants.spec import Release

from .conftest import ask

pytestmark = pytest.mark.slow

FFI = {"0.25.0": "0.1.12", "0.26.0": "0.1.13.post2"}
COMPILE_AND_RUN = """
import json
from importlib.metadata import version
import numpy, tvm, tvm_ffi
from tvm import relax
from pytest_relaybench.variants.versions_api import constant_tensor, tensor_type, type_of

weights = relax.const(numpy.full((2, 3), 2.0, "float32"))
x = relax.Var("x", tensor_type((2, 3), "float32"))
builder = relax.BlockBuilder()
with builder.function("main", [x]):
    builder.emit_func_output(builder.emit(relax.op.add(x, weights)))
module = builder.get()
machine = relax.VirtualMachine(tvm.compile(module, "llvm"), tvm.cpu())
result = machine["main"](tvm.runtime.tensor(numpy.ones((2, 3), "float32"))).numpy()
print(json.dumps({
    "version": tvm.__version__, "path": tvm.__file__, "sum": float(result.sum()),
    "ffi": version("apache-tvm-ffi"), "ffi_path": tvm_ffi.__file__, "numpy": numpy.__file__,
    "json": tvm.ir.load_json(tvm.ir.save_json(module)) is not None,
    "constant": constant_tensor(weights).numpy().tolist(), "no_constant": constant_tensor(x) is None,
    "shape": [int(length) for length in type_of(x).shape], "dtype": str(type_of(x).dtype),
}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("variants")
    yield path
    shutil.rmtree(path)  # pytest would keep the gigabyte of several sessions


def provide(folder: Path, version: str, *, build: bool = True, notes: list[str] | None = None) -> Provided:
    noted = [] if notes is None else notes
    return Provisioner(folder, build=build, jobs=None, keep=9, note=noted.append).provide(Release(version))


@pytest.mark.parametrize("version", FFI)
def test_release_compiles_and_runs(folder, version):
    """A child gets the release and its tvm-ffi from the cache, other packages from the environment, and can work."""
    provided = provide(folder, version)
    told = ask(provided, COMPILE_AND_RUN)
    packages = provided.variant.path.parent
    assert (told["version"], told["ffi"]) == (version, FFI[version])
    assert Path(told["path"]).is_relative_to(packages)
    assert Path(told["ffi_path"]).is_relative_to(packages)
    assert not Path(told["numpy"]).is_relative_to(packages)
    assert told["sum"] == 18.0
    assert told["json"]
    assert (told["constant"], told["no_constant"]) == ([[2.0] * 3] * 2, True)
    assert (told["shape"], told["dtype"]) == ([2, 3], "float32")
    assert provided.variant.label == f"release:{version}"


def test_second_night_installs_nothing(folder):
    """A release that is there is taken as it is, also where nothing may be installed."""
    first, notes = provide(folder, "0.26.0"), []
    assert provide(folder, "0.26.0", build=False, notes=notes) == first
    assert notes == []


def test_release_of_which_nothing_is_known(folder, monkeypatch):
    """Its tvm-ffi is the lowest that its wheel allows, which is told."""
    monkeypatch.setattr(module, "release_of", lambda version: None)
    notes: list[str] = []
    provided = provide(folder, "0.25.0.post1", notes=notes)
    assert (
        ask(provided, "from importlib.metadata import version as v; print('\"' + v('apache-tvm-ffi') + '\"')")
        == "0.1.12"
    )
    assert "nothing is known of its tvm-ffi, taking apache-tvm-ffi==0.1.12" in notes[-1]
    assert provided.variant.commit == "gb3e249b7d"


def test_release_that_is_none(folder):
    """A version that the index does not have is refused in pip's words."""
    with pytest.raises(VariantError, match="the installation failed") as caught:
        provide(folder, "0.0.99")
    assert "No matching distribution found for apache-tvm==0.0.99" in str(caught.value)


def test_release_that_is_not_there(folder):
    """Where nothing may be installed, a release that is not there is refused."""
    with pytest.raises(VariantError, match="--no-build"):
        provide(folder, "0.27.0", build=False)
