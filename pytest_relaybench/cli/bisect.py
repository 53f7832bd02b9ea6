"""`relaybench bisect EXPERIMENT -k CASE --good REV --bad REV`: the commit of TVM that made a test slower."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..beginning import DESK_CONFIG, DESK_FOLDER
from ..errors import HomeError, RelaybenchError, VariantError
from ..home import VARIANTS_FOLDER, Home, open_home
from ..render.format import change_text
from ..text_table import aligned
from ..variants.parsing import parse_table, parse_variant
from ..variants.provision import Provisioner
from ..variants.spec import REMOTE_MARK, Git
from .arguments import folder

if TYPE_CHECKING:
    from ..bisecting import Found, Measure, Step
    from .arguments import Subparsers

SHORT = 12


def add_to(commands: Subparsers) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("bisect", help="find the commit of TVM that made a test slower")
    parser.add_argument("experiment", metavar="EXPERIMENT", help="name of the experiment, as in test_EXPERIMENT.py")
    parser.add_argument("-k", dest="case", metavar="CASE", default="", help="choose one test, as pytest's -k does")
    parser.add_argument("--good", metavar="REV", required=True, help="branch, tag or commit that is fast")
    parser.add_argument("--bad", metavar="REV", required=True, help="branch, tag or commit that is slow")
    parser.add_argument(
        "--home",
        metavar="H",
        type=folder,
        help="folder of configs and results: take its configs and builds, write nothing into it",
    )
    parser.add_argument("--bench", metavar="FOLDER", type=folder, default=Path("bench"), help="default: bench")
    parser.add_argument(
        "--remote",
        metavar="URL",
        help="git remote, or a git variant of the home's table, to build in the same way (default: tvm_remote)",
    )
    parser.set_defaults(run=run)


@dataclass(frozen=True)
class Case:
    """What is compared at each step, and how to call the builds of a commit."""

    module: Path
    case: str
    home: Path | None
    remote: str
    good: str

    def command(self, commit: str) -> list[str]:
        """The comparison of one commit with the good one, as a person would repeat it."""
        sides = f"git:{self.remote}{REMOTE_MARK}{self.good}..git:{self.remote}{REMOTE_MARK}{commit}"
        chosen = ["-k", self.case] if self.case else []
        home = ["--home", str(self.home)] if self.home else []
        place = ["--rootdir", str(Path.cwd())]  # the desk is where this command looks for it
        return ["pytest", str(self.module), *chosen, *home, "--desk", *place, "--compare", sides]


def run(arguments: argparse.Namespace) -> int:
    """Bisect and print the commit with its evidence; interrupted, the same command goes on where it was."""
    module = _module(arguments.bench, arguments.experiment)
    settings = open_home(arguments.home) if arguments.home else Home(Path.cwd() / DESK_FOLDER, DESK_CONFIG)
    remote = arguments.remote or settings.config.tvm_remote
    mirror, good, bad = _resolved(settings, remote, arguments.good, arguments.bad)
    case = Case(module, arguments.case, arguments.home, remote, good)
    state = _state_folder(settings, case, bad)
    # GitPython needs git where it is imported, and the other subcommands do not
    from ..bisecting import Bisection  # noqa: PLC0415

    found = Bisection(mirror, state, good, bad).run(_measure(case), lambda text: print(text, flush=True))
    _tell(found, case, mirror)
    return 0 if len(found.commits) == 1 else 1


def _module(bench: Path, experiment: str) -> Path:
    found = sorted(bench.rglob(f"test_{experiment}.py")) if bench.is_dir() else []
    if not found:
        raise HomeError(f"{bench}: there is no test_{experiment}.py (--bench names the folder of experiments)")
    return found[0]


def _resolved(settings: Home, remote: str, good: str, bad: str) -> tuple[Path, str, str]:
    """The mirror of the remote, and the commits that the revisions are there; raises VariantError."""
    build = Provisioner(settings.setup_dir / VARIANTS_FOLDER, build=True, jobs=None, keep=1, note=print)
    table = parse_table(settings.config.variants, settings.config.tvm_remote)
    try:
        specs = [parse_variant(f"git:{remote}{REMOTE_MARK}{revision}", table) for revision in (good, bad)]
    except ValueError as error:
        raise VariantError(str(error)) from None
    assert all(isinstance(spec, Git) for spec in specs)
    mirrors = [build.mirror(spec) for spec in specs if isinstance(spec, Git)]
    commits = [mirror.commit_of(revision) for mirror, revision in zip(mirrors, (good, bad), strict=True)]
    return mirrors[0].path, commits[0], commits[1]


def _state_folder(settings: Home, case: Case, bad: str) -> Path:
    """Where this bisection keeps what it knows; another question has another folder."""
    question = json.dumps([case.module.name, case.case, case.remote, case.good, bad])
    return settings.setup_dir / "bisect" / hashlib.sha256(question.encode()).hexdigest()[:16]


def _measure(case: Case) -> Measure:
    """Runs the comparison in a pytest of its own and reads what it left at the desk."""

    def measure(commit: str) -> tuple[Mapping[str, Any] | None, str]:
        before = set(_records(case))
        command = [sys.executable, "-m", *case.command(commit)]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=_quiet())
        found = [entry for path in sorted(set(_records(case)) - before) for entry in _comparisons(path)]
        if len(found) > 1:
            raise RelaybenchError(f"-k {shlex.quote(case.case)} chooses {len(found)} tests: choose one of them")
        if not found:
            return None, _last_words(result.stdout)
        return found[0], _told(found[0])

    return measure


def _quiet() -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if key != "RELAYBENCH_HOME"}
    return {**mine, "CI": "true"}


def _records(case: Case) -> list[Path]:
    folder = Path.cwd() / DESK_FOLDER / "results" / "experiments" / "data" / case.module.stem.removeprefix("test_")
    return list(folder.glob("data_*.json"))


def _comparisons(path: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(path.read_bytes())["extra"].get("comparisons", [])
    return found


def _last_words(output: str) -> str:
    """Why pytest could not compare: the line that names the failure."""
    failures = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR ", "ERROR: "))]
    return failures[0].partition(" - ")[2] or failures[0] if failures else "no test was compared"


def _told(comparison: Mapping[str, Any]) -> str:
    ratio, low, high = (comparison[key] or float("nan") for key in ("ratio", "ci_low", "ci_high"))
    return f"{change_text(ratio)} ({change_text(low)} to {change_text(high)})"


def _tell(found: Found, case: Case, mirror: Path) -> None:
    print()
    for line in aligned([["commit", "mark", "against the good one"], *map(_row, found.steps)]):
        print(line)
    print()
    if len(found.commits) == 1:
        print(f"{found.commits[0]} is the first bad commit:\n")
        print(_git(mirror, "show", "--no-patch", "--format=medium", found.commits[0]))
    else:
        print("It is one of these; nothing could be measured between them:")
        print("\n".join(found.commits))
    print(f"\nrepeat its comparison with:\n\n    {shlex.join(case.command(found.commits[0]))}")


def _row(step: Step) -> list[str]:
    return [step.commit[:SHORT], step.mark.value, step.reason]


def _git(mirror: Path, *words: str) -> str:
    command = ["git", "--git-dir", str(mirror), *words]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=True).stdout.rstrip()
