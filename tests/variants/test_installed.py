"""The TVM that the environment has."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from pytest_relaybench.errors import MeasurementError
from pytest_relaybench.variants import installed as module
from pytest_relaybench.variants.installed import check_ffi, installed


def _in_new_interpreter(code: str) -> str:
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


def test_equals_what_an_import_says():
    """Version, commit and path are those of the tvm that is imported."""
    variant = installed()
    told = _in_new_interpreter(
        "import tvm, tvm._version as v, os; print(tvm.__version__, v.__commit_id__, os.path.dirname(tvm.__file__))"
    )
    assert told == f"{variant.version} {variant.commit} {variant.path}"
    assert variant.label == "installed"
    assert variant.tvm_hash == f"{variant.version}+{variant.commit}"


def test_imports_nothing():
    """Finding it costs no import of tvm: the parent does it."""
    code = (
        "import sys; from pytest_relaybench.variants.installed import installed;"
        "installed(); print('tvm' in sys.modules)"
    )
    assert _in_new_interpreter(code) == "False"


def test_source_tree_without_version_file(tmp_path, monkeypatch):
    """A tree on the path comes before what is installed; without a version file the commit is unknown."""
    (tmp_path / "tvm").mkdir()
    (tmp_path / "tvm/__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tvm", raising=False)
    variant = installed()
    assert variant.path == tmp_path / "tvm"
    assert variant.commit is None
    assert variant.tvm_hash == variant.version


def test_no_tvm(monkeypatch):
    """None where there is no tvm."""
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert installed() is None


def test_import_of_another_build_is_noticed():
    """Nothing is measured under another build's name: version and path must be those of the variant."""
    variant = installed()
    variant.check_imported()
    with pytest.raises(MeasurementError, match=r"tvm says it is .*, not 0\.1"):
        replace(variant, version="0.1").check_imported()
    with pytest.raises(MeasurementError, match="not from /elsewhere"):
        replace(variant, path=variant.path.__class__("/elsewhere")).check_imported()


def test_ffi_that_fits():
    """The tvm-ffi of this environment is the right one; of unknown versions nothing is said."""
    assert check_ffi(installed()) is None
    assert check_ffi(replace(installed(), version="0.99.0")) is None


def test_ffi_that_does_not_fit():
    """Another release's tvm-ffi gets one line with the command that mends it."""
    warning = check_ffi(replace(installed(), version="0.25.0"))
    assert "\n" not in warning
    assert "pip install 'apache-tvm-ffi==0.1.12'" in warning


def test_missing_ffi(monkeypatch):
    """So does a missing one."""
    monkeypatch.setattr(module, "_version_or_none", lambda distribution: None)
    assert "none is here" in check_ffi(installed())
