"""Figures for print: their size, their formats, and that they can be told apart without colour."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.image import imread

from pytest_relaybench import bars
from pytest_relaybench.render.canvas import theme
from pytest_relaybench.render.look import PRINT
from pytest_relaybench.render.plots import bar_pictures
from pytest_relaybench.render.publication import PRINT_DPI, publish

from .test_relative import frame

SMALLEST_PT = 5.0
ROWS = frame(
    *[({"engine": e, "network": n}, 1.0 + len(e) + len(n)) for e in ("a", "bb", "ccc") for n in ("ResNet-18", "DQN")]
)
GRAPH = bars(x="network", hue="engine")


def grey(colour) -> float:
    """Relative luminance, ITU-R BT.709."""
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


def test_every_format_is_written(tmp_path):
    """PNG 8 cm wide at 300 dpi, PDF and SVG beside it, with letters as letters."""
    paths = publish(GRAPH, ROWS, tmp_path, "cnn-comp", ["png", "pdf", "svg"])
    assert [path.name for path in paths] == ["cnn-comp.png", "cnn-comp.pdf", "cnn-comp.svg"]
    assert imread(paths[0]).shape[1] == pytest.approx(8 / 2.54 * PRINT_DPI, abs=2)
    assert paths[1].read_bytes().startswith(b"%PDF")
    assert b"/Type3" not in paths[1].read_bytes()
    assert b"<svg" in paths[2].read_bytes()


def test_equal_data_give_equal_bytes(tmp_path):
    """No date, no program's version."""
    first, second = (
        [path.read_bytes() for path in publish(GRAPH, ROWS, tmp_path / name, "f", ["png", "pdf", "svg"])]
        for name in ("a", "b")
    )
    assert first == second


def test_pictures_of_several_devices_have_their_names(tmp_path):
    """One file a device; only the formats that were asked for."""
    rows = frame(*[({"device": d, "network": n}, 1.0) for d in ("cpu", "cuda") for n in ("x", "y")])
    paths = publish(bars(x="network"), rows, tmp_path, "f", ["pdf"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f-cpu.pdf", "f-cuda.pdf"]
    assert len(paths) == 2


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_bars_differ_in_grey(count):
    """Neighbours differ by a tenth of black to white, or by a pattern, on top of their colours."""
    names = [f"e{n}" for n in range(count)]
    colours = list(PRINT.colours(names).values())
    for number, (one, other) in enumerate(pairwise(colours)):
        assert grey(other) - grey(one) > 0.1
        assert PRINT.hatch(number) != PRINT.hatch(number + 1)


def test_letters_can_be_read_in_print():
    """Nothing is smaller than 5 points at the width of a column; there is no title, a paper has a caption."""
    with theme(PRINT):
        (picture,) = bar_pictures(GRAPH, ROWS, ROWS, "f", PRINT)
        picture.axes.figure.canvas.draw()
        texts = list(picture.axes.figure.findobj(lambda artist: hasattr(artist, "get_fontsize")))
        sizes = [text.get_fontsize() for text in texts if text.get_text().strip()]
    assert len(sizes) > 10
    assert min(sizes) >= SMALLEST_PT
    assert picture.axes.get_title(loc="left") == ""


def test_a_single_engine_is_named():
    """There is no title that would say which."""
    with theme(PRINT):
        (named,) = bar_pictures(GRAPH, ROWS.iloc[:2], ROWS.iloc[:2], "f", PRINT)
        (nameless,) = bar_pictures(bars(x="network"), ROWS.iloc[:2], ROWS.iloc[:2], "f", PRINT)
    (legend,) = named.axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a"]
    assert nameless.axes.figure.legends == []
