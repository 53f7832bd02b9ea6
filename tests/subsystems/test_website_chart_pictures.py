"""The pictures that stand for the charts where no script runs, and on paper."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
import pytest

from pytest_relaybench.render.format import Scale
from tests.judging.made_history import noise
from tests.subsystems.chart_home import part, row, shown
from tests.subsystems.sample_experiments import ATTACK

axes, picture, pictures = part("charts.axes"), part("charts.picture"), part("charts.pictures")
DAY = 86400


def drawn(values: Sequence[float], **more: object) -> ElementTree.Element:
    """The picture of a series, a value a night."""
    row_of = np.array(values, dtype=float)
    usual = {
        "times": np.arange(len(row_of)) * DAY, "values": row_of, "median": picture.running_median(row_of[None])[0],
        "steps": False, "scale": Scale(1.0, "s"), "uprights": [], "kind": "none", "title": "a series",
    }  # fmt: skip
    return ElementTree.fromstring(str(picture.Picture(**{**usual, **more}).svg()))


def path(svg: ElementTree.Element, kind: str) -> str:
    found = svg.find(f".//path[@class='{kind}']")
    assert found is not None
    return found.get("d", "")


def points(svg: ElementTree.Element) -> list[tuple[int, int]]:
    """Where the dots of the nights are."""
    steps = re.findall(r"[Mm](-?\d+) (-?\d+)h0", path(svg, "rb-raw"))
    return [tuple(place) for place in np.cumsum([[int(x), int(y)] for x, y in steps], axis=0).tolist()]


def night(number: int) -> str:
    return f"{np.datetime64('2026-01-01') + number}".replace("-", "") + "T030000.000000Z"


def test_the_running_median_ignores_lonely_nights_and_gaps() -> None:
    """Seven nights around each, fewer at the ends; one that is missing is not among them."""
    values = np.array([[1, 1, 1, 90, 1, 1, 1, 2, 2, 2, 2], [math.nan, 4, 2, *[math.nan] * 8]])
    found = picture.running_median(values)
    assert found[0].tolist() == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert found[1, :6].tolist() == [3, 3, 3, 3, 3, 2]
    assert np.isnan(found[1, 6:]).all()


@pytest.mark.parametrize("nights", [1, 2, 120])
@pytest.mark.parametrize("kind", ["level", "noisy", "zero", "around zero", "tiny", "huge"])
def test_whatever_is_measured_can_be_drawn(kind: str, nights: int) -> None:
    """A dot for every night, all inside the picture, the newest on the right or in the middle when alone."""
    values = np.array(noise(1, nights))
    kinds = {
        "level": np.ones(nights), "noisy": values, "zero": np.zeros(nights), "around zero": values - 1,
        "tiny": values * 1e-300, "huge": values * 1e300,
    }  # fmt: skip
    svg = drawn(kinds[kind])
    found = points(svg)
    assert len(found) == nights
    assert all(picture.LEFT <= x <= picture.RIGHT and picture.TOP - 4 <= y <= picture.BOTTOM + 4 for x, y in found)
    assert found[-1][0] == (picture.RIGHT if nights > 1 else (picture.LEFT + picture.RIGHT) // 2)
    assert len(svg.findall(".//g[@class='rb-numbers']/text")) >= 3


def test_a_night_without_value_is_a_gap() -> None:
    """The line begins anew behind it, and dates keep their distances."""
    svg = drawn([1, 1, math.nan, math.nan, 1])
    assert path(svg, "rb-line").count("M") == 2
    gaps = np.diff([x for x, _ in points(svg)])
    assert gaps[1] == pytest.approx(3 * gaps[0], abs=2)


def test_one_wild_night_does_not_flatten_the_others() -> None:
    """It is drawn at the edge, and a change of a tenth is still seen."""
    values = [*noise(2, 30), *noise(3, 30, 1.1)]
    values[10] = 50.0
    heights = [y for _, y in points(drawn(values))]
    assert min(heights) == heights[10] == picture.TOP - 4
    assert np.median(heights[:30]) - np.median(heights[30:]) > 50


def test_noise_is_no_mountain_range() -> None:
    """Half a percent of noise takes a small part of the height; of exact values every difference counts."""
    values = noise(1, 60, spread=0.002)
    heights = [y for _, y in points(drawn(values))]
    assert max(heights) - min(heights) < 100
    exact = path(drawn([46_000_000.0, 46_000_001.0], steps=True), "rb-line")
    assert [int(y) for y in re.findall(r"(?:M\d+ |V)(\d+)", exact)] == [229, 43]


def test_a_long_number_is_smaller_and_never_cut_off() -> None:
    """Three bytes of 44 MiB need nine letters, for which there is no room at full size."""
    sizes = {}
    for name, values in {"short": [2.0**20, 2.0**21], "long": [46_123_457.0, 46_123_460.0]}.items():
        numbers = drawn(values, steps=True, scale=Scale(2.0**20, "MiB")).find(".//g[@class='rb-numbers']")
        assert numbers is not None
        longest = max(len(text.text or "") for text in numbers)
        sizes[name] = float(numbers.get("font-size", ""))
        assert longest * sizes[name] * picture.BREADTH <= picture.LEFT - 8 + 0.5
    assert sizes["long"] < sizes["short"] <= picture.LETTERS


def test_exact_values_are_steps() -> None:
    """A value holds until another one comes; there is no median of it."""
    svg = drawn([1, 1, 2, 2, 1], steps=True)
    assert re.fullmatch(r"M\d+ \d+H\d+V\d+H\d+V\d+H\d+", path(svg, "rb-line"))
    assert svg.find(".//path[@class='rb-raw']") is None


def test_what_happened_stands_where_it_happened() -> None:
    """A line each with its text; words only where they do not run into each other."""
    uprights = [
        picture.Upright(10 * DAY, "slower", "slower", "slower +8 %"),
        picture.Upright(11 * DAY, "faster", "faster", "faster −8 %"),
        picture.Upright(50 * DAY, "event", "", ATTACK),
    ]
    svg = drawn(noise(1, 60), uprights=uprights)
    texts = {at: svg.find(f".//g[@class='rb-at-{at}']") for at in ("slower", "faster", "event")}
    assert all(group is not None for group in texts.values())
    titles = {at: group.findtext("title") for at, group in texts.items() if group is not None}
    assert titles == {"slower": "slower +8 %", "faster": "faster −8 %", "event": ATTACK}
    words = [group.findtext("text") for group in texts.values() if group is not None]
    assert words == ["slower", None, None]


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (9.61, 9.99, ["9.7", "9.8", "9.9"]), (0, 1234567, ["0", "500\u2009000", "1\u2009000\u2009000"]),
        (-0.06, 0.07, ["−0.05", "0.00", "0.05"]),
        (46123457, 46123460, [f"4612345{digit}" for digit in range(7, 10)] + ["46123460"]),
        (1e9, 1.001e9, ["1e+09", "1.0005e+09", "1.001e+09"]), (1, 1, []),
    ],
)  # fmt: skip
def test_numbers_at_the_axis_are_round_and_differ(low: float, high: float, texts: list[str]) -> None:
    """As many digits as the step needs."""
    assert [text.replace("\u2009", "") if high > 4e7 else text for _, text in axes.number_ticks(low, high)] == texts


def test_dates_at_the_axis_are_days_months_or_years() -> None:
    """Whatever suits the span, never a crowd."""
    first = int(np.datetime64("2025-11-20", "s").astype(int))
    texts = {
        days: [text for _, text in axes.date_ticks(first, first + days * DAY)] for days in (0, 5, 30, 120, 900, 3650)
    }
    assert texts[0] == ["Nov 20"]
    assert texts[5] == [f"Nov {day}" for day in range(20, 26)]
    assert texts[30] == ["Nov 20", "Nov 30", "Dec 10", "Dec 20"]
    assert texts[120] == ["Dec", "2026", "Feb", "Mar"]
    assert texts[900] == ["2026", "Jul", "2027", "Jul", "2028"]
    assert texts[3650] == ["2026", "2028", "2030", "2032", "2034"]


def test_a_picture_says_in_words_what_it_shows() -> None:
    """Metric, series, nights, range, newest value and verdict."""
    rows = [row(night(number), value) for number, value in enumerate([0.0123, 0.0125, 0.0124])]
    (one,) = shown(rows).charts.sections[0].pictures
    svg = ElementTree.fromstring(str(one.svg))
    assert svg.get("role") == "img"
    told = "time, a: 3 nights, 2026-01-01 to 2026-01-03, 12.3 ms to 12.5 ms, newest 12.4 ms; unsure"
    assert svg.get("aria-label") == told
    assert (one.label, one.newest) == ("a", "12.4 ms")


def test_pictures_are_bounded() -> None:
    """Of many series and nights twelve and 120 are drawn, changed ones first, and the page says so."""
    values = {f"net-{number:02d}": noise(number, 140) for number in range(15)}
    values["net-14"][-10:] = noise(99, 10, 1.3)
    rows = [row(night(at), series[at], net) for at in range(140) for net, series in values.items()]
    section = shown(rows).charts.sections[0]
    assert [one.label for one in section.pictures] == [f"net-{number:02d}" for number in (14, *range(11))]
    assert section.words == "lower is better; 15 series; 140 nights"
    told = "Drawn: 12 of 15 series, those that changed first; the newest 120 of 140 nights."
    assert section.left_out == told
    assert len(points(ElementTree.fromstring(str(section.pictures[0].svg)))) == 120
    assert sum(len(one.svg) for one in section.pictures) < 12 * 3500


def test_nothing_that_is_measured_can_break_out_of_a_picture() -> None:
    """Names, units and texts are text; a long unit is beside the picture only."""
    rows = [row(night(at), 1.0 + at, metric=ATTACK, unit=unit, params="{}", test=f"{at % 2}{ATTACK}") for at in range(4)
            for unit in ["</svg><b>"[: 9 - at % 2]]]  # fmt: skip
    for section in shown(rows).charts.sections:
        for one in section.pictures:
            svg = ElementTree.fromstring(str(one.svg))
            assert {element.tag for element in svg.iter()} <= {"svg", "path", "g", "text", "title", "circle"}
            assert not any(name.startswith("on") for element in svg.iter() for name in element.keys())  # noqa: SIM118
            assert ATTACK[:30] in str(svg.get("aria-label"))


def test_a_series_that_ended_is_drawn_where_there_is_no_other() -> None:
    """The page of an experiment that lost all its tests still shows what they measured."""
    rows = [row(night(at), 1.0, metric="old") for at in range(3)] + [row(night(at), 1.0) for at in range(20)]
    sections = {section.name: section for section in shown(rows).charts.sections}
    assert [one.kind for one in sections["old"].pictures] == [""]
    assert list(sections) == ["time", "old"]
