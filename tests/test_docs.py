"""The documentation names everything that can be set, with its default, and its links lead somewhere."""

from __future__ import annotations

import argparse
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pytest_relaybench import bundled, config, hookspecs
from pytest_relaybench.cli.main import COMMANDS
from pytest_relaybench.home import open_home
from pytest_relaybench.options import add_options
from pytest_relaybench.subsystems import make_plan

from .docs.markdown import anchors, links, rows

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
OPTIONS_PAGE = DOCS / "options.md"
PAGES = sorted([*CHECKOUT.glob("*.md"), *DOCS.rglob("*.md"), *CHECKOUT.glob("benchmarks/**/*.md")])
MANDATORY = "mandatory"


class OptionRecorder:
    """Stands where pytest's parser stands and notes what is declared."""

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.ini_keys: list[str] = []

    def getgroup(self, *_: str) -> OptionRecorder:
        return self

    def addoption(self, name: str, *, dest: str, **_: Any) -> None:
        self.options[name] = dest

    def addini(self, name: str, *_: Any, **__: Any) -> None:
        self.ini_keys.append(name)


def declared() -> OptionRecorder:
    recorder = OptionRecorder()
    add_options(recorder)  # type: ignore[arg-type]
    return recorder


def models(module: object) -> Iterator[type[BaseModel]]:
    """The models that hold keys of a config file, and that `module` itself defines."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, config.StrictModel) and value is not config.StrictModel:
            yield value


def own_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields that the model adds to its base."""
    inherited = {name for base in model.__mro__[1:] for name in getattr(base, "model_fields", {})}
    return {name: field for name, field in model.model_fields.items() if name not in inherited}


def default_of(field: FieldInfo) -> str:
    """The default as the page writes it."""
    if field.is_required():
        return MANDATORY
    value = field.get_default(call_default_factory=True)
    value = value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
    return f"`{json.dumps(value)}`"


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    """The options that a subcommand's help tells of."""
    return set(re.findall(r"--[a-z-]+", parser.format_help())) - {"--help"}


def test_every_option_is_documented() -> None:
    """Each option of pytest has a row in options.md that names its variable and its ini key, too."""
    found = {row[0].strip("`").split()[0]: row for row in rows(OPTIONS_PAGE) if row[0].startswith("`--")}
    recorder = declared()
    assert sorted(recorder.options.values()) == sorted(recorder.ini_keys)
    for option, key in recorder.options.items():
        assert found[option][1:3] == [f"`{key.upper()}`", f"`{key}`"]


def undocumented(model: type[BaseModel]) -> list[tuple[str, str]]:
    """The model's own keys, with their defaults, that have no row in options.md."""
    documented = [(row[0].strip("`"), row[2]) for row in rows(OPTIONS_PAGE) if len(row) == 4]
    keys = [(name, default_of(field)) for name, field in own_fields(model).items()]
    return [key for key in keys if key not in documented]


@pytest.mark.parametrize("model", list(models(config)), ids=lambda model: model.__name__)
def test_every_config_key_is_documented(model: type[BaseModel]) -> None:
    """Each key of each config has a row in options.md, with the default that it has in the program."""
    assert undocumented(model) == []


def test_every_key_of_a_built_in_subsystem_is_documented(tmp_path: Path) -> None:
    """Each key that a subsystem of this project adds has a row in options.md, with its default."""
    (tmp_path / "config.json").write_text('{"tmp_data_dir": "t", "backup_dir": "b", "setup_dir": "s"}')
    for path in bundled.folder("subsystems").iterdir():
        place = tmp_path / "config" / "subsystem" / path.stem
        place.mkdir(parents=True)
        (place / "config.json").write_text('{"active": true}')
    found = {entry.name: entry.subsystem for entry in make_plan(open_home(tmp_path)).entries if entry.subsystem}
    assert "website" in found
    assert [key for subsystem in found.values() for key in undocumented(subsystem.config_model)] == []


def test_keys_of_the_projects_experiments_are_documented() -> None:
    """Every key that an experiment in bench/ adds is named on its own page, or in options.md."""
    for path in sorted((CHECKOUT / "bench").glob("test_*.py")):
        module = importlib.import_module(f"bench.{path.stem}")
        page = DOCS / "experiments" / f"{path.stem.removeprefix('test_')}.md"
        text = (page if page.exists() else OPTIONS_PAGE).read_text(encoding="utf-8")
        assert [name for name in own_fields(module.Config) if f"`{name}`" not in text] == []


def test_every_hook_is_documented() -> None:
    """Each door for other plugins is named on a page."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_")]
    assert hooks
    assert [name for name in hooks if name not in text] == []


def test_every_subcommand_is_documented() -> None:
    """Each subcommand of `relaybench` has a row in options.md that names its options."""
    commands = argparse.ArgumentParser().add_subparsers()
    for command in COMMANDS:
        command.add_to(commands)
    found = {row[0].strip("`").split()[1]: " ".join(row) for row in rows(OPTIONS_PAGE) if "`relaybench " in row[0]}
    for name, parser in commands.choices.items():
        assert [flag for flag in flags_of(parser) if flag not in found[name]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there, and a heading that the file has."""
    broken = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if "://" in link or link.startswith("mailto:"):
            continue
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached() -> None:
    """Every page of docs/ is linked from another page."""
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    assert [str(page.relative_to(CHECKOUT)) for page in DOCS.rglob("*.md") if page.resolve() not in linked] == []
