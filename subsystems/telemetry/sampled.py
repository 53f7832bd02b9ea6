"""Which experiments of a run were watched, and what that showed."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.home import Home
from pytest_relaybench.telemetry.disturbances import disturbances, strength
from pytest_relaybench.telemetry.samples import Samples, file_of, folder_of, read_samples
from pytest_relaybench.telemetry.summary import summarize


@dataclass(frozen=True)
class Disturbance:
    """A line of words, and how strong the strongest was, for the worst to come first."""

    text: str
    strength: float


@dataclass(frozen=True)
class Sampled:
    """An experiment of the run, with its samples; None when nobody watched it."""

    experiment: str
    run_id: str
    samples: Samples | None

    def disturbance(self) -> Disturbance | None:
        """What about the machine may have changed the times; None when it was quiet."""
        if self.samples is None:
            return None
        told = summarize(self.samples)
        words = disturbances(told)
        return Disturbance(f"{self.experiment}: {'; '.join(words)}", strength(told)) if words else None


def sampled_tonight(dashboard: Dashboard) -> list[Sampled]:
    """The experiments that the run had, in its order."""
    return [
        Sampled(name, dashboard.run_id, read_samples(file_of(dashboard.home, name, dashboard.run_id)))
        for name in dashboard.run().get("order", [])
    ]


def forget_old(home: Home, kept: int) -> None:
    """Remove the samples of all but the newest `kept` runs of each experiment."""
    root = folder_of(home, "")
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        for path in sorted(folder.glob("*.jsonl"))[:-kept]:
            path.unlink(missing_ok=True)
