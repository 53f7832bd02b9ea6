"""The parts of the website that turn series into words, pictures and safe text."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import markdown
import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup

from pytest_relaybench.detect import Kind
from pytest_relaybench.history.table import COLUMNS
from tests.subsystems.loading import load

PACKAGE = load("website").__name__
headline, inert, series, spark = (sys.modules[f"{PACKAGE}.{name}"] for name in ("headline", "inert", "series", "spark"))


def frame_of(nights: dict[str, dict[str, float]], *, metric: str = "time", direction: str = "lower") -> pd.DataFrame:
    """Rows of a table: night → series → value; a series is one value of the parameter `net`."""
    rows = [
        {**dict.fromkeys(COLUMNS, value), "run_id": night, "experiment": "e", "test": "test_t", "metric": metric,
         "n": 5, "params": f'{{"device": "cpu", "net": "{name}"}}', "unit": "s", "direction": direction,
         "variant": "installed", "machine": "m", "derived": False}
        for night, values in nights.items()
        for name, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def night(number: int) -> str:
    """A run id of day `number` of a month."""
    return f"202611{number:02d}T030000.000000Z"


def test_a_series_that_is_no_longer_measured_is_missing_and_after_a_week_gone() -> None:
    """So that a failing test is seen, and a parameter that was taken out does not nag for ever."""
    both, one = {"a": 1.0, "b": 2.0}, {"a": 1.0}
    lost = series.history_of(frame_of({night(1): both, night(2): one}))
    assert [(s.params["net"], s.missing, s.verdict.kind) for s in lost.series if s.missing] == [
        ("b", True, Kind.MISSING)
    ]
    long_ago = {night(1): both, **{night(day): one for day in range(2, 10)}}
    assert [s.params["net"] for s in series.history_of(frame_of(long_ago)).series] == ["a"]


def test_what_nobody_expected_is_not_missing() -> None:
    """A night of chosen tests has verdicts on these alone; the others are counted, and come back with their values."""
    frame = frame_of({night(1): {"a": 1.0, "b": 2.0, "c": 3.0}, night(2): {"a": 1.0}})
    told = {"kind": "missing", "since": None, "seen": None, "reason": "skipped", "machine": "m", "variant": "installed"}
    told |= {"metric": "time", "test": "test_t", "params": '{"device": "cpu", "net": "b"}'}
    numbers = dict.fromkeys(("level_ratio", "level_low", "level_high", "p"), math.nan)
    found = series.history_of(frame, verdicts=pd.DataFrame([told | numbers]))
    assert [(s.params["net"], s.missing) for s in found.series] == [("a", False), ("b", True)]
    assert found.unexpected == 1


def test_a_change_compares_the_newest_night_with_the_one_before() -> None:
    """A series without a newest night has no change, and what all series share is not part of their names."""
    history = series.history_of(frame_of({night(1): {"a": 1.0, "b": 2.0, "c": 5.0}, night(2): {"a": 1.1, "b": 2.0}}))
    ratios = {history.label(s): s.ratio for s in history.series}
    assert ratios["a"] == pytest.approx(1.1)
    assert math.isnan(ratios["c"])
    assert history.common == {"device": "cpu"}


def test_the_headline_counts_all_series() -> None:
    """The mean is geometric, the worst one is named, and the trend of many is an index around 1."""
    nights = {night(1): {"a": 1.0, "b": 2.0, "c": 4.0}, night(2): {"a": 1.0, "b": 3.0, "c": 4.0}}
    found = headline.headline_of(series.history_of(frame_of(nights)))
    assert found.value == "1 to 4 s"
    assert found.change.ratio == pytest.approx(1.5 ** (1 / 3))
    assert (found.change.worst, found.change.worst_text) == ("b", "+50.0 % (worse)")
    assert found.trend_of == "mean of 3"
    assert found.trend[1] / found.trend[0] == pytest.approx(1.5 ** (1 / 3))


def test_where_higher_is_better_the_worst_is_the_lowest() -> None:
    """A rate that fell is worse than one that rose."""
    nights = {night(1): {"a": 1.0, "b": 2.0}, night(2): {"a": 1.5, "b": 1.0}}
    found = headline.headline_of(series.history_of(frame_of(nights, metric="rate", direction="higher")))
    assert (found.change.worst, found.change.worst_text) == ("b", "×0.500 (worse)")


def test_the_own_metric_comes_before_automatic_ones() -> None:
    """Time stands for an experiment; without it an author's metric does, never what is recorded of every test."""
    time, size = frame_of({night(1): {"a": 1.0}}), frame_of({night(1): {"a": 1.0}}, metric="artifact_size")
    score = frame_of({night(1): {"a": 1.0}}, metric="score", direction="higher")
    assert list(series.history_of(pd.concat([size, score, time])).by_metric()) == ["time", "score", "artifact_size"]
    assert headline.headline_of(series.history_of(pd.concat([size, score]))).metric == "score"


def test_rows_are_in_the_order_in_which_people_count() -> None:
    """64, 256, 1024, and O2 before O10."""
    history = series.history_of(frame_of({night(1): {"O10": 1.0, "O2": 1.0, "1024": 1.0, "64": 1.0}}))
    assert [s.params["net"] for s in history.by_metric()["time"]] == ["64", "1024", "O2", "O10"]


def test_too_few_nights_are_no_verdict() -> None:
    """The page says unsure and why, instead of "same"; of a single night that it is the first."""
    first = series.history_of(frame_of({night(1): {"a": 1.0}}))
    assert headline.judgement_of(first, first.series).text == "first run"
    history = series.history_of(frame_of({night(1): {"a": 1.0}, night(2): {"a": 9.0}}))
    judgement = headline.judgement_of(history, history.series)
    assert (judgement.kind, judgement.text) == ("unsure", "unsure: 2 of 29 nights")


def test_what_nobody_can_judge_yet_is_not_called_same() -> None:
    """Exact values are sure after two nights, times are not: the majority has the word, and the others are counted."""
    sizes = frame_of({night(1): {"a": 1.0}, night(2): {"a": 1.0}}, metric="artifact_size")
    times = {"a": 1.0, "b": 2.0}
    history = series.history_of(pd.concat([sizes, frame_of({night(1): times, night(2): times})]))
    size, unsure = history.by_metric()["artifact_size"][0], history.by_metric()["time"]
    size = replace(size, verdict=replace(size.verdict, kind=Kind.SAME))
    assert headline.judgement_of(history, [size, *unsure]).text == "unsure: 2 of 29 nights"
    assert headline.judgement_of(history, [size, unsure[0]]).text == "same, 1 of 2 unsure"
    assert headline.judgement_of(history, [size, size]).text == "same, all 2"


def test_a_number_has_its_name_beside_it() -> None:
    """A word speaks for itself, `64` and `true` do not, nor does a number that was given as text."""
    words = [series.param_word("size", value) for value in (64, True, "64", "resnet-18", "O3")]
    assert words == ["size=64", "size=true", "size=64", "resnet-18", "O3"]


def test_a_metric_without_direction_is_not_judged() -> None:
    """There is no good or bad in it."""
    history = series.history_of(frame_of({night(1): {"a": 1.0}}, direction="neutral"))
    assert headline.judgement_of(history, history.series).kind == ""


def test_an_experiment_without_rows_has_no_headline() -> None:
    """And nothing fails over it."""
    empty = series.history_of(frame_of({}))
    assert empty.nights == ()
    assert headline.headline_of(empty) is None


def test_a_sparkline_breaks_where_a_night_is_missing() -> None:
    """Two strokes, and the dot on the newest value there is."""
    picture = spark.sparkline([1.0, 1.1, math.nan, 1.2, 1.1, math.nan], "a < b")
    assert len(strokes(picture)) == 2
    assert (f'cx="{strokes(picture)[1][-1][0]}"', f'cy="{strokes(picture)[1][-1][1]}"') == tuple(
        re.findall('c[xy]="[0-9]+"', picture)
    )
    assert "a &lt; b" in picture
    assert spark.sparkline([1.0, math.nan], "too short") == ""


def test_noise_below_two_percent_does_not_look_like_mountains() -> None:
    """A flat series stays within a part of the height that its noise deserves."""
    heights = [y for _, y in strokes(spark.sparkline([100.0, 100.1, 99.9, 100.0], "flat"))[0]]
    assert max(heights) - min(heights) < 0.1 * spark.HEIGHT


def test_a_sparklines_steps_lead_to_its_points() -> None:
    """Though level steps in a row are written as one: the line is where the values are, half a unit aside at most."""
    values = np.round(np.random.default_rng(7).normal(1, 0.2, 60), 1)
    values[20:30] = 1.0
    drawn = strokes(spark.sparkline(values, ""))[0]
    place = np.round(np.linspace(spark.MARGIN, spark.WIDTH - spark.MARGIN, 60))
    tall = spark.HEIGHT - spark.MARGIN - (spark.HEIGHT - 2 * spark.MARGIN) * (values - values.min()) / np.ptp(values)
    assert np.abs(np.interp(place, *np.array(drawn, dtype=float).T) - tall).max() <= 0.5
    assert len(drawn) <= 60 - 8


def strokes(picture: str) -> list[list[tuple[int, int]]]:
    """The points of each unbroken line of a sparkline."""
    found = []
    for text in picture.split('<path d="M')[1].partition('"')[0].split("M"):
        begin, _, steps = text.partition("l")
        x, y = map(int, begin.split())
        line, numbers = [(x, y)], [int(number) for number in re.findall("-?[0-9]+", steps)]
        for along, across in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + along, y + across
            line.append((x, y))
        found.append(line)
    return found


NASTY = [
    "</div></div><script>alert(1)</script>",
    "a\n\n# heading\n\n<script>alert(1)</script>",
    "`x` *a* _b_ [l](javascript:alert(1)) ![i](http://x/y.png) {: onclick=alert(1) }",
    "\x02wzxhzdk:0\x03 klzzwxh:0001 &#x41;",
    "--- \ntitle: x\n---",
    "{{ 7 * 7 }} {% raw %}",
    "\x1b[31mred\x1b[0m \ud800 \u202e end",
]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", NASTY)
def test_inert_text_comes_out_of_markdown_as_it_went_in(text: str) -> None:
    """In a heading and in an HTML block: the same characters, and no element but ours."""
    block = f"# {inert.heading(text)}\n\n<div><p>{inert.inert(text)}</p></div>\n\n<p>end</p>"
    out = _Tags()
    out.feed(markdown.markdown(block, extensions=["toc", "tables", "fenced_code", "attr_list", "md_in_html"]))
    assert out.tags == ["h1", "div", "p", "p"]
    assert inert.plain(text) in out.text
    assert " ".join(inert.plain(text).split()) in out.text


def test_markup_is_not_escaped_twice() -> None:
    """What a template has made is left alone."""
    assert inert.inert(Markup("<b>")) == "<b>"


@pytest.mark.parametrize(
    ("name", "other"), [("relay_opt", "Relay_opt"), ("a b", "a_b"), ("../../etc", "etc"), ("é", "e"), (".x", "x")]
)
def test_slugs_are_safe_file_names_and_never_collide(name: str, other: str) -> None:
    """Not even where a file system knows no case; plain names stay readable."""
    made = inert.slug(name), inert.slug(other)
    assert made[0].lower() != made[1].lower()
    assert all(part.isascii() and "/" not in part and part[0] not in ".-" for part in made)
    assert inert.slug("relay_opt") == "relay_opt"
