"""What was changed between one run and the next: of a machine, or of the packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pytest_relaybench.machine import fingerprint_changes

MOST_CHANGES = 60
Facts = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What changed in the run `run_id`, in words, as in "kernel 6.1.0 -> 6.8.0"."""

    run_id: str
    words: Sequence[str]

    @property
    def text(self) -> str:
        """All of it on one line."""
        return ", ".join(self.words)


def configuration_changes(facts: Sequence[tuple[str, Facts]]) -> list[Change]:
    """Of run and fingerprint, oldest first: the newest changes first. A fact that a run does not know is no change."""
    return list(_changes(facts))[:MOST_CHANGES]


def package_changes(versions: Sequence[tuple[str, Facts]]) -> list[Change]:
    """The same of packages and their versions, what came and went included; runs that tell none are passed over."""
    told = [(run_id, packages) for run_id, packages in versions if packages]
    found = (Change(run, package_words(before, after)) for (_, before), (run, after) in reversed(list(pairwise(told))))
    return [change for change in found if change.words][:MOST_CHANGES]


def package_words(before: Facts, after: Facts) -> list[str]:
    """What differs between the packages of two runs."""
    came = [f"{name} {after[name]} is new" for name in after if name not in before]
    went = [f"{name} {before[name]} is gone" for name in before if name not in after]
    return [*fingerprint_changes(before, after), *came, *went]


def _changes(facts: Sequence[tuple[str, Facts]]) -> Iterator[Change]:
    for (_, before), (run_id, after) in reversed(list(pairwise(facts))):
        words = [] if before == after else fingerprint_changes(before, after)
        if words:
            yield Change(run_id, words)
