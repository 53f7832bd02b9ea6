"""The commands that measure an incident again, safe to be pasted into a shell; HOME stands for the home's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.config import HomeConfig
from pytest_relaybench.history.records import Record, TestOutcome, canonical
from pytest_relaybench.incidents import Member
from pytest_relaybench.incidents.forges import commit_of
from pytest_relaybench.incidents.naming import text_of
from pytest_relaybench.judging.verdicts import ABSENT
from pytest_relaybench.variants.parsing import RANGE_MARK, Table, parse_table, parse_variant, resolve_compare
from pytest_relaybench.variants.spec import REMOTE_MARK, Git, Spec

from ..inert import shell_line
from ..series import STEADY, params_in

HOME = ["--home", "HOME"]
VERSION_END = "+"  # in the hash of a wheel: what follows is its commit
_VERSION = re.compile(r"\d+(\.\d+)+[\w.]*")
_PIECE = re.compile(r"[\w:+.\[\]/-]+")  # what `-k` takes as one name
_OPERATORS = frozenset({"and", "or", "not"})


@dataclass(frozen=True)
class Command:
    """One command line, and what it is good for."""

    purpose: str
    text: str


def commands_of(config: HomeConfig, member: Member, records: Sequence[Record], runs: tuple[str, str]) -> list[Command]:
    """How to see the change of this series again; `runs` are those before it and with it, empty where unknown.

    `records` are of nights that may have had the test: they know its file and its id.
    """
    case = _Case.of(member, records)
    found = list(_side_by_side(config, member, case))
    if not found:
        found.append(
            Command(
                "Run its test again, without changing the home", shell_line(["pytest", *case.where, *HOME, "--desk"])
            )
        )
    if all(runs):
        words = ["relaybench", "compare", *runs, *HOME, "--experiment", member.series[0]]
        found.append(
            Command("What differs between the two nights, in all of the experiment's series", shell_line(words))
        )
    return found


@dataclass(frozen=True)
class _Case:
    """One test as pytest is told of it: its file, and its id where a record knows it."""

    experiment: str
    file: str
    name: str  # as in `test_infer[cpu-64]`, without the file
    is_exact: bool

    @classmethod
    def of(cls, member: Member, records: Sequence[Record]) -> _Case:
        experiment, test, params, _, variant, _ = member.series
        outcomes = [outcome for record in records for outcome in record.tests]
        file = next((outcome.nodeid.partition("::")[0] for outcome in outcomes), f"bench/test_{experiment}.py")
        own = next((one for one in outcomes if _is_of(one, test, params, variant)), None)
        if own is None:
            values = [text_of(value) for value in params_in(params).values()]
            return cls(experiment, file, " ".join([test.rpartition("::")[2], *values]), is_exact=False)
        return cls(experiment, file, _without_variant(own.nodeid.partition("::")[2], variant), is_exact=True)

    @property
    def where(self) -> list[str]:
        """The arguments that choose it."""
        return [f"{self.file}::{self.name}"] if self.is_exact else [self.file, "-k", self.keywords]

    @property
    def keywords(self) -> str:
        """For `-k`, which knows no quotes: the name, or its parts where something in it would be misread."""
        pieces = [piece for piece in _PIECE.findall(self.name.rpartition("::")[2]) if piece not in _OPERATORS]
        return " and ".join(pieces)


def _is_of(outcome: TestOutcome, test: str, params: str, variant: str) -> bool:
    same = outcome.test == test and canonical(outcome.params) == params
    return same and outcome.variant in ("", variant)


def _without_variant(name: str, variant: str) -> str:
    """The id as it is where there is one build, or two that are compared: the variant is no part of it."""
    base, bracket, values = name.partition("[")
    if not bracket:
        return name
    values = values.removesuffix("]")
    if values == variant:
        return base
    if values.startswith(f"{variant}-"):
        return f"{base}[{values[len(variant) + 1 :]}]"
    if values.endswith(f"-{variant}"):
        return f"{base}[{values[: -len(variant) - 1]}]"
    return f"{base}[{values.replace(f'-{variant}-', '-', 1)}]"


def _side_by_side(config: HomeConfig, member: Member, case: _Case) -> Iterator[Command]:
    """The comparison of the two builds, and the search between their commits; none where no build changed."""
    before, after = member.hash_before, member.hash_after
    table = parse_table(config.variants, config.tvm_remote)
    spec = _spec(member.series[4], table, config)
    if not before or not after or before == after or spec is None or member.kind in ABSENT:
        return
    repository = _repository(spec, table)
    sides = _sides(spec, repository, before, after)
    if not sides or not _is_comparison(RANGE_MARK.join(sides), table, config):
        return
    compare = ["--compare", RANGE_MARK.join(sides)]
    yield Command(
        "Measure both builds side by side, in fresh processes, without changing the home",
        shell_line(["pytest", *case.where, *HOME, "--desk", *compare]),
    )
    commits = commit_of(before), commit_of(after)
    if all(commits) and member.series[3] == STEADY and case.keywords:
        remote = ["--remote", repository] if repository else []
        ends = ["--good", commits[0], "--bad", commits[1]]
        yield Command(
            "Find the commit between them, each step built and compared with the first",
            shell_line(["relaybench", "bisect", member.series[0], "-k", case.keywords, *ends, *HOME, *remote]),
        )


def _spec(variant: str, table: Table, config: HomeConfig) -> Spec | None:
    try:
        return parse_variant(variant, table, config.tvm_remote)
    except ValueError:
        return None


def _repository(spec: Spec, table: Table) -> str:
    """How `git:` names the repository that the builds are of; empty for the home's own."""
    if not isinstance(spec, Git):
        return ""
    if spec.name in table:
        return spec.name
    named = spec.name.removeprefix("git:").rpartition(REMOTE_MARK)[0]
    return named or ("" if spec.from_default else spec.remote)


def _sides(spec: Spec, repository: str, before: str, after: str) -> tuple[str, str] | None:
    """The builds as `--compare` takes them: releases where two versions differ, else commits."""
    versions = tuple(build.partition(VERSION_END)[0] for build in (before, after))
    if not isinstance(spec, Git) and versions[0] != versions[1] and all(map(_VERSION.fullmatch, versions)):
        return f"release:{versions[0]}", f"release:{versions[1]}"
    commits = tuple(commit_of(build) for build in (before, after))
    if not all(commits):
        return None
    place = f"git:{repository}{REMOTE_MARK}" if repository else "git:"
    return f"{place}{commits[0]}", f"{place}{commits[1]}"


def _is_comparison(text: str, table: Table, config: HomeConfig) -> bool:
    try:
        base, candidate = resolve_compare(text, table, config.tvm_remote)
    except ValueError:
        return False
    return base.label != candidate.label
