"""`relaybench init H`: make a home from the sample."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .. import bundled
from ..errors import HomeError, reason_of
from ..files import write_bytes, write_text
from .arguments import add_home

if TYPE_CHECKING:
    from .arguments import Subparsers

ABOUT_ITS_EXPERIMENTS = frozenset({"post_process", "score"})  # subsystems of the sample that speak of its experiments

README = """\
# A home of pytest-relaybench

    pytest bench/ --home {home}

runs every experiment that has a config here and keeps what came out. Folders that do not exist yet are made by the
first run.

| path | holds |
|---|---|
| `config.json` | settings of the home; relative folders in it are relative to this one |
| `config/experiments/NAME/config.json` | makes `test_NAME.py` an experiment of this home; `"active": false` pauses it |
| `config/subsystem/NAME/config.json` | the same for what runs after the experiments |
| `results/experiments/data/NAME/` | one `data_<run_id>.json` per run, the truth: keep it |
| `results/experiments/{{status,graph,summary}}/NAME/` | of the newest run |
| `results/subsystem/{{status,output}}/NAME/` | of subsystems; the site is in `output/website/` |
| `results/runs/<run_id>/` | the journal of a run and how it ended |
| `results/history.duckdb` | a table made from the data; may be deleted at any time |
| `decisions/` | what people said about incidents; meant to be reviewed in git |
| `tmp/`, `backup/`, `setup/` | raw samples, archives of this home, what set-up built (`config.json` says where) |

Secrets do not belong here: configs name the environment variables that hold them.
`relaybench check {home}` says whether the configs are right.
"""


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("init", help="make a home from the sample")
    add_home(parser)
    parser.add_argument(
        "--empty", action="store_true", help="leave out the sample's experiments: for a bench of your own"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Copy the sample home's configs to `H`; raises HomeError when something is there already."""
    target: Path = arguments.home
    if target.exists() and not target.is_dir():
        raise HomeError(f"{target}: this is no folder")
    if target.is_dir() and any(target.iterdir()):
        raise HomeError(f"{target}: the folder is not empty, and a new home needs one that is")
    quoted = shlex.quote(str(target))
    try:
        for source, name in _sample(experiments=not arguments.empty):
            write_bytes(target / name, source.read_bytes())
        write_text(target / "README.md", README.format(home=quoted))
    except OSError as error:
        raise HomeError(f"{target}: the home cannot be written: {reason_of(error)}") from error
    print(f"{target} is a home now. Next:\n\n    pytest bench/ --home {quoted}")
    return 0


def _sample(*, experiments: bool) -> list[tuple[Path, Path]]:
    """The sample home's configs: file, and name relative to the home. Schemas for editors are written by a run."""
    sample = bundled.folder("home")
    kinds = ["experiments", "subsystem"] if experiments else ["subsystem"]
    configs = [file for kind in kinds for file in sorted((sample / "config" / kind).rglob("*")) if file.is_file()]
    if not experiments:
        configs = [file for file in configs if file.parent.name not in ABOUT_ITS_EXPERIMENTS]
    files = [sample / "config.json", *configs]
    return [(file, file.relative_to(sample)) for file in files]
