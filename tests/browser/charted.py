"""A page of an experiment whose charts show what a test made up: the real page with other data behind it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Route

from subsystems.website.script_data import call, json_text
from tests.browser.opening import Opened, listening
from tests.subsystems.sample_home import LAST

Values = Sequence[float | None]
_MANIFEST = re.compile(r'(<script type="application/json" id="rb-charts">).*?(</script>)', re.DOTALL)


@dataclass(frozen=True)
class Made:
    """One made-up series: a value a night, oldest first; None is none."""

    label: str
    values: Values
    machine: int = 0
    same: str = ""
    marks: Sequence[tuple[int, str, str]] = ()  # night, kind, text
    kind: str = "same"
    build: str = "0.27.0+g7b5acb32b"

    @property
    def id(self) -> str:
        """As the manifest names it."""
        return "s" + re.sub(r"\W", "", f"{self.label}{self.machine}")


@dataclass(frozen=True)
class Data:
    """Charts of the metric `time`; events are night, machine, kind, text; files of the `lost` years cannot be read."""

    series: Sequence[Made]
    unit: str = "s"
    machines: Sequence[str] = ("AMD EPYC 7313",)
    events: Sequence[tuple[int, int, str, str]] = ()
    left_out: Sequence[int] = ()  # nights without a run
    lost: Sequence[int] = ()
    part: Mapping[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> list[datetime]:
        """When each night began; the newest is the sample home's last."""
        count = len(self.series[0].values)
        return [LAST - timedelta(days=count - 1 - night) for night in range(count)]


def two_years() -> Data:
    """One series of 730 nights with a step of 10 %, another that only wanders; the machine changed once."""
    wander = [0.02 * (1 + 0.002 * math.sin(night * 7)) for night in range(730)]
    step = [0.01 * (1 + 0.002 * math.sin(night * 5)) * (1.1 if night >= 700 else 1) for night in range(730)]
    marks = [(700, "slower", "slower +10.0 %")]
    return Data(
        [Made("calm", wander), Made("stepped", step, marks=marks, kind="slower")],
        events=[(715, 0, "machine", "kernel 6.1 → 6.2"), (640, 0, "versions", "numpy 2.3 → 2.4")],
        left_out=[690, 691],
    )


def opened_with(browser: Browser, site: Path, data: Data, query: str = "", **context: object) -> Opened:
    """The page of relay_opt with these charts, loaded with `query` in its address."""
    found = listening(browser, **context)
    page = site / "experiments" / "relay_opt.html"
    html = _MANIFEST.sub(lambda match: f"{match[1]}{json_text(_manifest(data))}{match[2]}", page.read_text("utf-8"))
    found.page.route("**/experiments/relay_opt.html*", lambda route: route.fulfill(body=html, content_type="text/html"))
    files = _files(data)

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name in files:
            route.fulfill(body=files[name], content_type="text/javascript")
        else:
            route.abort()

    found.page.route("**/charts/relay_opt/*.js", answer)
    found.go(page.as_uri() + query)
    return found


def _years(data: Data) -> dict[int, list[int]]:
    years: dict[int, list[int]] = {}
    for night, moment in enumerate(data.times):
        if night not in data.left_out:
            years.setdefault(moment.year, []).append(night)
    return years


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


def _files(data: Data) -> dict[str, bytes]:
    found = {}
    for year, nights in _years(data).items():
        builds = ["", *dict.fromkeys(made.build for made in data.series)]
        content = {
            "t": [_seconds(data.times[night]) for night in nights],
            "run": [f"{data.times[night]:%Y%m%dT%H%M%S.%fZ}" for night in nights],
            "build": builds,
            "series": {
                made.id: {"v": [made.values[night] for night in nights], "b": builds.index(made.build)}
                for made in data.series
            },
        }
        if year not in data.lost:
            found[f"time-{year}.js"] = call("RB.charts.take", "relay_opt", f"time-{year}", content)
    return found


def _manifest(data: Data) -> dict[str, Any]:
    times = [_seconds(moment) for moment in data.times]
    chunks = [
        {"file": f"time-{y}.js", "name": f"time-{y}", "first": times[n[0]], "last": times[n[-1]], "nights": len(n)}
        for y, n in _years(data).items()
    ]
    metric = {"name": "time", "unit": data.unit, "direction": "lower", "deterministic": False, "chunks": chunks}
    manifest = {
        "experiment": "relay_opt",
        "title": "relay_opt",
        "base": "../charts/relay_opt/",
        "order": ["time"],
        "metrics": {"time": {**metric, "series": [_series(made, times) for made in data.series]}},
        "machines": [{"id": str(place), "words": words} for place, words in enumerate(data.machines)],
        "shown_machine": 0,
        "events": [
            {"t": times[night], "run": "", "machine": machine, "kind": kind, "text": text}
            for night, machine, kind, text in data.events
        ],
        "commits": {"installed": "https://github.com/apache/tvm/commit/{commit}"},
        "runs_page": "../runs/{year}.html#run-{run}",
        "runs_years": ["2026"],
        **data.part,
    }
    return json.loads(json.dumps(manifest))  # type: ignore[no-any-return]


def _series(made: Made, times: Sequence[int]) -> dict[str, Any]:
    verdict = {"kind": made.kind, "text": made.marks[-1][2] if made.marks else made.kind, "since": None}
    return {
        "id": made.id,
        "same": made.same or made.label,
        "label": made.label,
        "params": {},
        "variant": "installed",
        "machine": made.machine,
        "shown": made.machine == 0,
        "verdict": verdict,
        "marks": [[times[night], kind, text] for night, kind, text in made.marks],
    }
