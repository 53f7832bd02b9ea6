"""What a report on two hundred experiments costs: seconds to make it, and how many messages Slack gets.

Run it as `python -m benchmarks.report_messages`; the home it makes is thrown away.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from tests.fake_slack import fault, shown
from tests.reports.made_home import Made, make_home, run

EXPERIMENTS = 200
FAILING = 10  # one of so many
SUMMARY = "\n".join(f"network {n} at O3 on cpu: {n}.25 ms (+0.{n} %)" for n in range(8))
FAILURE = "RuntimeError: the module could not be built because <something> & something else went wrong " * 8


def made(root: Path) -> Dashboard:
    """The home: statuses and summaries of one night, every tenth experiment failed."""
    return make_home(
        root,
        {
            f"e{n:03}": Made(
                f"Experiment {n}",
                failed="" if n % FAILING else "run",
                message=FAILURE,
                notify=["U1"],
                summary=SUMMARY,
            )
            for n in range(EXPERIMENTS)
        },
    )


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def main() -> None:
    """Print the numbers; ends with an assertion when a message breaks Slack's limits."""
    with tempfile.TemporaryDirectory() as folder:
        dashboard = made(Path(folder) / "home")
        seconds, _ = timed(lambda: run(dashboard, "exp_reports"))
        print(f"{EXPERIMENTS} experiments: {seconds:.2f} s for the whole subsystem, without sending")
        output = dashboard.home.subsys_output_dir("exp_reports")
        dry, _ = timed(lambda: run(dashboard, "exp_reports", dry_run=True, channel_id="C1"))
        messages = json.loads((output / "dry_run.json").read_text())["slack"]
        assert [fault(message) for message in messages] == [""] * len(messages)
        texts = [shown(message) for message in messages]
        assert all("\n".join(texts).count(f"*Experiment {n}*") == 1 for n in range(EXPERIMENTS))
        blocks = [len(m["blocks"]) + sum(len(one["blocks"]) for one in m["attachments"]) for m in messages]
        print(
            f"{len(messages)} Slack messages, at most {max(blocks)} blocks and {max(map(len, texts))} characters each"
        )
        print(f"{dry:.2f} s for a dry run")


if __name__ == "__main__":
    main()
