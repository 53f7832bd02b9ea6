"""How many series of a run have which verdict, where `run.json` does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import json_object
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.judging.keeping import verdicts_file


def kinds_of(dashboard: Dashboard, run_id: str) -> Mapping[str, int]:
    """Series by the word of their verdict, without the machine's sentinels, as the run left them.

    Nothing is judged again but the run of tonight. The file may be large, so it is asked of the newest runs only.
    """
    if run_id == dashboard.run_id:
        frame = dashboard.verdicts().frame
        return Counter(map(str, frame["kind"][frame["experiment"] != SENTINELS]))
    series = (json_object(verdicts_file(dashboard.home, run_id)) or {}).get("series")
    rows = series if isinstance(series, list) else []
    told = (row for row in rows if isinstance(row, dict) and row.get("experiment") != SENTINELS)
    return Counter(row["kind"] for row in told if isinstance(row.get("kind"), str))
