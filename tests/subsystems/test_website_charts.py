"""The data of the charts: what the pages' script and people's spreadsheets are given."""

from __future__ import annotations

import csv
import io
import json
import math
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from pytest_relaybench.bundled import folder
from pytest_relaybench.home import Home
from tests.subsystems.chart_home import night, part, row, shown
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import dashboard_of, make_home

NIGHTS = 6
PICKED = ["relay_opt", "attack", "matmul", "char_rnn"]
BUILD = "0.27.0+g7b5acb32b"


def two_years() -> list[dict]:
    """Two nights in 2025 and two in 2026; `b` is missing once, and the build changes with the year."""
    old, new = [night(30, 2025), night(31, 2025)], [night(1), night(2)]
    return [
        *(row(run, value) for run, value in zip(old, (0.1, 0.2), strict=True)),
        row(old[0], 5.0, "b"),
        *(row(run, value, tvm_hash="0.28.0") for run, value in zip(new, (0.3, 0.4), strict=True)),
        *(row(run, 6.0, "b", tvm_hash="0.28.0") for run in new),
    ]


def test_a_metric_has_a_file_for_each_year() -> None:
    """Times ascend, a series has null where a night has none, and the builds are the year's own."""
    charts = shown(two_years())
    assert [(chunk["file"], chunk["nights"]) for chunk in charts.metric()["chunks"]] == [
        ("time-2025.js", 2), ("time-2026.js", 2),
    ]  # fmt: skip
    a, b = (charts.series()[label]["id"] for label in ("a", "b"))
    old, new = charts.chunk("time-2025"), charts.chunk("time-2026")
    assert old["run"] == [night(30, 2025), night(31, 2025)]
    assert np.diff(old["t"]).tolist() == [86400]
    assert old["t"] == [charts.metric()["chunks"][0][key] for key in ("first", "last")]
    assert (old["build"], new["build"]) == (["", BUILD], ["", "0.28.0"])
    assert old["series"] == {a: {"v": [0.1, 0.2], "b": 1}, b: {"v": [5, None], "b": 1}}
    assert new["series"][b] == {"v": [6, 6], "b": 1}


def test_the_files_of_years_that_are_over_stay_as_they_are() -> None:
    """Byte by byte, though the new night brings a series, a build, a machine and a metric."""
    before = shown(two_years()).charts.files
    more = [
        row(night(3), 0.5, tvm_hash="0.29.0"), row(night(3), 1.0, "c", machine="other"),
        row(night(3), 7.0, metric="size", unit="B"),
    ]  # fmt: skip
    after = shown([*two_years(), *more]).charts.files
    assert after["charts/e/time-2025.js"] == before["charts/e/time-2025.js"]
    assert after["charts/e/time-2026.js"] != before["charts/e/time-2026.js"]
    assert "charts/e/size-2026.js" in after


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012345678, "0.0123457"), (1 / 3, "0.333333"), (2e-5 / 3, "6.66667e-06"), (46123457.0, "46123500"),
        (1e-30 / 3, "3.33333e-31"), (-1e300 / 3, "-3.33333e+299"), (0.0, "0"), (2.0, "2"), (5e-324, "5e-324"),
        (math.nan, "null"), (math.inf, "null"),
    ],
)  # fmt: skip
def test_numbers_are_as_short_as_they_may_be(value: float, text: str) -> None:
    """Six significant digits, whole numbers without a point; what is no number is null."""
    charts = shown([row(night(1), 1.0), row(night(2), value), row(night(3), 1.0)])
    assert f'"v":[1,{text},1]' in charts.charts.files["charts/e/time-2026.js"].decode()


def test_a_metric_without_any_number_is_no_end_of_the_page() -> None:
    """Nothing is drawn of it; the others are."""
    charts = shown([row(night(1), 1.0), row(night(1), math.nan, metric="none")])
    assert {section.name: len(section.pictures) for section in charts.charts.sections} == {"time": 1, "none": 0}
    assert charts.chunk("none-2026")["series"] == {}


def test_any_number_rounds_as_it_prints() -> None:
    """As Python's own formatting to six digits does, but for ties that binary fractions do not have."""
    values = 10.0 ** np.random.default_rng(1).uniform(-20, 20, 3000)
    found = part("short_numbers").rounded(values, 6)
    assert [repr(float(value)) for value in found] == [repr(float(f"{value:.6g}")) for value in values]


def test_exact_values_keep_every_digit() -> None:
    """A byte of 46 MB is news where chance has no part."""
    charts = shown([row(night(day), 46123457 + day, unit="B", deterministic=True) for day in (1, 2)])
    assert '"v":[46123458,46123459]' in charts.charts.files["charts/e/time-2026.js"].decode()
    assert charts.metric()["deterministic"] is True


def test_a_series_begins_anew_with_another_unit() -> None:
    """Milliseconds of old are no seconds; two units of one metric are two charts, each named by its unit."""
    rows = [row(night(1), 100.0, unit="ms"), row(night(2), 0.1), row(night(2), 3.0, "b", unit="count")]
    charts = shown(rows)
    names = {metric["name"]: metric["unit"] for metric in charts.manifest["metrics"].values()}
    assert names == {"time (s)": "s", "time (count)": "count"}
    values = [charts.chunk(f"{slug}-2026") for slug in charts.manifest["order"]]
    assert sorted(next(iter(chunk["series"].values()))["v"] for chunk in values) == [[0.1], [3]]


def test_series_are_told_apart_whatever_they_are_called() -> None:
    """Labels that would be alike tell more, ids never change, and a machine has its own."""
    same = [{"a": 1, "b": 2}, {"a": 1, "c": 2}, {"a": "1", "c": "2"}]
    rows = [row(night(day), 1.0, params=json.dumps(params)) for day in (1, 2) for params in same]
    rows += [row(night(1), 1.0, params='{"a": 1, "b": 2}', machine="old")]
    charts = shown(rows)
    assert len(charts.series()) == 4
    ids = {one["id"] for one in charts.metric()["series"]}
    assert len(ids) == 4
    assert ids > {one["id"] for one in shown(rows[:3]).metric()["series"]}
    (old,) = (one for one in charts.metric()["series"] if one["machine"] == 1)
    assert [one["shown"] for one in charts.metric()["series"] if one["same"] == old["same"]] == [True, False]
    assert charts.manifest["machines"][0]["id"] == "m"


def test_a_series_that_ended_long_ago_is_kept_but_not_shown() -> None:
    """Its values are still in the files; the tables of the page have left it out."""
    rows = [row(night(1), 2.0, "gone"), *(row(night(day), 1.0) for day in range(1, 12))]
    charts = shown(rows)
    assert {label: one["shown"] for label, one in charts.series().items()} == {"a": True, "gone": False}
    assert charts.chunk("time-2026")["series"][charts.series()["gone"]["id"]]["v"][0] == 2


def test_a_run_of_another_form_has_the_time_of_its_record() -> None:
    """So that nothing that was measured is left out of the charts."""
    charts = shown([row(night(1), 1.0), row("20260102-by-hand", 2.0)])
    chunk = charts.chunk("time-2026")
    assert chunk["run"] == [night(1), "20260102-by-hand"]
    assert chunk["t"][1] == 1767312000


def test_thousands_of_series_make_no_large_page() -> None:
    """The page draws twelve, and names all of them once."""
    rows = [row(night(day), 1.0, f"net-{number}") for day in (1, 2) for number in range(2000)]
    charts = shown(rows)
    assert len(charts.series()) == 2000
    assert len(charts.charts.sections[0].pictures) == 12
    assert charts.charts.sections[0].left_out.startswith("Drawn: 12 of 2000 series")
    assert len(charts.charts.manifest) < 300_000


def test_the_csv_has_every_digit_of_every_value() -> None:
    """A row each, oldest first, parameters in columns; one that is called as a column of ours is told apart."""
    odd = {"net": 'a,"b"\n', "value": 3, "n": None}
    rows = [row(night(2), 0.1 + 0.2, params=json.dumps(odd), ci_low=0.3), row(night(1), 1.0, tvm_hash=None)]
    found = list(csv.DictReader(io.StringIO(shown(rows).csv(), newline="")))
    assert [one["run_id"] for one in found] == [night(1), night(2)]
    assert (found[0]["net"], found[0]["param.value"], found[0]["tvm_hash"], found[0]["value"]) == ("a", "", "", "1.0")
    assert (found[1]["net"], found[1]["param.value"], found[1]["param.n"]) == (odd["net"], "3", "null")
    assert float(found[1]["value"]) == 0.1 + 0.2
    told = [found[1][key] for key in ("ci_low", "ci_high", "unit", "variant", "machine", "test")]
    assert told == ["0.3", "0.30000000000000004", "s", "installed", "m", "test_t"]


def test_a_large_csv_is_split_by_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a night changes one file of them, and no row is lost."""
    monkeypatch.setattr(part("charts.values_csv"), "MOST_ROWS", 3)
    charts = shown(two_years())
    assert [name for name, _ in charts.charts.sections[0].csv] == ["time-2025.csv", "time-2026.csv"]
    rows = [list(csv.DictReader(io.StringIO(charts.csv(f"time-{year}")))) for year in (2025, 2026)]
    assert [len(of_year) for of_year in rows] == [3, 4]


class Read(HTMLParser):
    """Elements, ids and the manifest of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.manifest = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") == "rb-charts"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.manifest += data if self._inside else ""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The pages of some experiments with what their charts load, by path, before MkDocs builds the site."""
    return written(make_home(tmp_path_factory.mktemp("charts"), nights=NIGHTS, pick=PICKED))


def written(home: Home) -> dict[str, bytes]:
    site = part("site").site_of(dashboard_of(home, NIGHTS), "website")
    found = part("experiment_page").experiment_pages(site)
    charts = {path: content for path, content in found.files.items() if path.startswith("charts/")}
    return {**{path: text.encode() for path, text in found.pages.items()}, **charts}


def read(source: dict[str, bytes], slug: str) -> Read:
    page = Read()
    page.feed(source[f"experiments/{slug}.md"].decode())
    return page


@pytest.mark.parametrize("slug", PICKED)
def test_a_page_has_a_section_for_each_metric_and_files_for_each_section(source: dict[str, bytes], slug: str) -> None:
    """The manifest is JSON whatever names hold, and every file that it or the page names is there."""
    page = read(source, slug)
    manifest = json.loads(page.manifest)
    sections = [attrs for tag, attrs in page.elements if tag == "section" and attrs.get("class") == "rb-charts"]
    assert [attrs["data-metric"] for attrs in sections] == manifest["order"] == list(manifest["metrics"])
    assert [attrs["id"] for attrs in sections] == [f"chart-{metric}" for metric in manifest["order"]]
    assert manifest["base"] == f"../charts/{slug}/"
    files = [chunk["file"] for metric in manifest["metrics"].values() for chunk in metric["chunks"]]
    assert files
    assert all(f"charts/{slug}/{file}" in source for file in files)
    links = [str(attrs["href"]) for tag, attrs in page.elements if tag == "a" and "href" in attrs]
    tables = [link for link in links if link.startswith("../charts/")]
    assert tables == [f"../charts/{slug}/{metric}.csv" for metric in manifest["order"]]
    assert all(link.removeprefix("../") in source for link in tables)


def test_scripts_come_once_and_exist(source: dict[str, bytes]) -> None:
    """After the manifest, from the site itself."""
    scripts = [
        str(attrs["src"]) for tag, attrs in read(source, "relay_opt").elements if "src" in attrs and tag == "script"
    ]
    charts = [script for script in scripts if "/charts/" in script or "uplot" in script]
    assert len(charts) == len(set(charts)) > 5
    assert all((folder("site") / "assets" / script.removeprefix("../static/")).is_file() for script in charts)


def test_names_cannot_break_out_of_their_place(source: dict[str, bytes]) -> None:
    """Metric, unit, parameter, variant and hash of the nasty experiment are text in page, manifest and files."""
    text = source["experiments/attack.md"].decode()
    text = text[text.index('<section class="rb-charts"') : text.index('<script src="../static/vendor/uplot')]
    page = Read()
    page.feed(text)
    known = {"section", "details", "summary", "h3", "span", "div", "figure", "figcaption", "b", "p", "a", "script"}
    known |= {"svg", "path", "g", "text", "title", "circle"}
    assert {tag for tag, _ in page.elements} <= known
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert "\n\n" not in text
    metric = next(iter(json.loads(page.manifest)["metrics"].values()))
    assert metric["name"] == ATTACK[:40]
    assert metric["unit"] == "<b>u</b>"
    assert {one["variant"] for one in metric["series"]} == {f"git:{ATTACK}", f"named {ATTACK}"}
    scripts = [content for path, content in source.items() if path.startswith("charts/attack/") and path.endswith("js")]
    assert scripts
    assert not any(b"<" in content for content in scripts)


def test_equal_homes_give_equal_files(tmp_path: Path, source: dict[str, bytes]) -> None:
    """Another home with the same nights has the same pages and files, byte by byte."""
    assert written(make_home(tmp_path, nights=NIGHTS, pick=PICKED)) == source
