"""Which set-up inputs are the same: the same folder for them, and another for any other."""

from __future__ import annotations

import json
import os
import signal
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from pytest_relaybench import setup_key
from pytest_relaybench.setup_cache import SetupCache
from pytest_relaybench.setup_key import describe_input, source_key


def counting_build(counts: list[str]):
    def build(folder: Path) -> None:
        counts.append("built")
        (folder / "file").write_text(str(len(counts)))

    return build


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1,), (2,)),
        (("a",), ("b",)),
        ((1,), (1, 1)),
        ((1,), (1.0,)),
        ((True,), (1,)),
        ((None,), ("None",)),
        (([1, 2],), ([2, 1],)),
        (({"a": 1},), ({"a": 2},)),
        ((textwrap.dedent,), (textwrap.indent,)),
        ((json,), (signal,)),
    ],
)
def test_other_inputs_other_folder(tmp_path, one, other):
    """Inputs that differ in any way have folders of their own."""
    cache = SetupCache(tmp_path)
    build = counting_build([])
    assert cache("thing", build, *one) != cache("thing", build, *other)


def test_order_of_keys_does_not_count(tmp_path):
    """Equal dictionaries are equal inputs, whatever the order of their keys."""
    cache = SetupCache(tmp_path)
    build = counting_build([])
    assert cache("thing", build, {"a": 1, "b": 2}) == cache("thing", build, {"b": 2, "a": 1})


def test_source_of_the_build_counts(tmp_path):
    """A changed build function has another folder."""

    def build_one(folder: Path) -> None:
        (folder / "a").write_text("1")

    def build_other(folder: Path) -> None:
        (folder / "a").write_text("2")

    build_other.__qualname__ = build_one.__qualname__
    cache = SetupCache(tmp_path)
    assert cache("thing", build_one) != cache("thing", build_other)


def test_numbers_a_build_was_defined_with_count(tmp_path):
    """Two closures of one source that differ in a number never share a folder; nor do other defaults."""

    def closure(size: int):
        def build(folder: Path) -> None:
            (folder / "size").write_text(str(size))

        return build

    def default(size: int):
        def build(folder: Path, size: int = size) -> None:
            (folder / "size").write_text(str(size))

        return build

    cache = SetupCache(tmp_path)
    for make in (closure, default):
        assert [(cache("thing", make(size)) / "size").read_text() for size in (1, 2, 1)] == ["1", "2", "1"]


def test_numbers_a_build_changes_do_not_count(tmp_path):
    """A counter that the build itself advances is its result, not an input."""
    count = 0

    def build(folder: Path) -> None:
        nonlocal count
        count += 1

    cache = SetupCache(tmp_path)
    cache("thing", build)
    cache("thing", build)
    assert count == 1


def test_paths_count_by_content(tmp_path):
    """A file given as an input is what it holds: an edit builds anew, a touch or a move does not."""
    cache = SetupCache(tmp_path / "setup")
    build = counting_build([])
    source = tmp_path / "model.txt"
    source.write_text("one")
    first = cache("thing", build, source)
    os.utime(source, (1, 1))
    assert cache("thing", build, source) == first
    source.write_text("two")
    assert cache("thing", build, source) != first


def test_folders_count_by_names_and_contents(tmp_path):
    """Renaming a file in a folder, or moving bytes from one file to the next, is another input; byte code is not."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.py").write_text("ab")
    (folder / "b.py").write_text("c")
    seen = [describe_input(folder)]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert describe_input(folder) == seen[0]
    (folder / "a.py").write_text("a")
    (folder / "b.py").write_text("bc")
    seen.append(describe_input(folder))
    (folder / "b.py").rename(folder / "c.py")
    seen.append(describe_input(folder))
    assert len({str(told) for told in seen}) == 3


def test_modules_count_by_source(tmp_path):
    """A module given as an input is its file; a package is all its files."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("x = 1")
    module = ModuleType("package")
    module.__file__ = str(package / "__init__.py")
    before = describe_input(module)
    (package / "inner.py").write_text("x = 2")
    assert describe_input(module) != before


def test_inputs_that_cannot_be_a_key(tmp_path):
    """An input whose content cannot be told is refused: it would be shared by accident."""
    for value in (object(), {1, 2}, print):
        with pytest.raises(TypeError):
            SetupCache(tmp_path)("thing", counting_build([]), value)


def test_missing_file_is_an_error(tmp_path):
    """A path that is not there is no input."""
    with pytest.raises(FileNotFoundError):
        SetupCache(tmp_path)("thing", counting_build([]), tmp_path / "missing")


def test_module_itself_is_describable():
    """A module of this package can be an input."""
    assert describe_input(setup_key)["module"] == "pytest_relaybench.setup_key"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with two experiments, a module that both use, and what is none of their sources."""
    for name in ("test_a.py", "test_b.py", "shared/one.py", ".venv/x.py", "site-packages/y.py", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {name}\n")
    return tmp_path


def test_sources_are_what_lies_beside_an_experiment(sources: Path) -> None:
    """Any Python file of its folder counts, with its name; environments, caches and other files do not."""
    before = source_key(sources / "test_a.py")
    for name in (".venv/x.py", "site-packages/y.py", "notes.txt"):
        (sources / name).write_text("changed")
    assert source_key(sources / "test_a.py") == before == source_key(sources / "test_b.py")
    (sources / "shared" / "one.py").write_text("# two\n")
    changed = source_key(sources / "test_a.py")
    assert changed != before
    (sources / "shared" / "one.py").rename(sources / "shared" / "two.py")
    assert source_key(sources / "test_a.py") not in (before, changed)


def test_sources_are_read_once_for_many_experiments(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred experiments in a folder need not read three hundred files each, but see a file that changes."""
    read: list[str] = []
    digest = setup_key._content_digest
    monkeypatch.setattr(setup_key, "_content_digest", lambda path: read.append(path.name) or digest(path))
    first = source_key(sources / "test_a.py")
    assert sorted(read) == ["one.py", "test_a.py", "test_b.py"]
    assert source_key(sources / "test_b.py") == first
    assert len(read) == 3
    (sources / "test_b.py").write_text("# edited in the middle of the night\n")
    assert source_key(sources / "test_b.py") != first
    assert read[3:] == ["test_b.py"]


def test_a_link_to_nothing_beside_an_experiment_is_no_error(sources: Path) -> None:
    """As an editor leaves it: the night goes on."""
    before = source_key(sources / "test_a.py")
    (sources / "gone.py").symlink_to("nowhere.py")
    assert source_key(sources / "test_a.py") != before
