"""One picture a topic, of what was sampled while one experiment ran."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from pytest_relaybench.files import write_if_changed
from pytest_relaybench.render.canvas import Heading, png, theme
from pytest_relaybench.render.elapsed_plot import draw_elapsed
from pytest_relaybench.render.format import count_text, date_text, run_time
from pytest_relaybench.render.plots import remove_others
from pytest_relaybench.telemetry.samples import Samples
from pytest_relaybench.telemetry.topics import Topic

from .sampled import Sampled

FEWEST = 2  # values: of fewer there is nothing to see through the time
Lines = dict[str, list[float]]


def draw_topics(entry: Sampled, folder: Path) -> list[Path]:
    """Draw every topic that has something to show as `folder/TOPIC.png`; pictures of other topics are removed."""
    drawn = []
    with theme():
        for topic, lines in _shown(entry.samples) if entry.samples else ():
            assert entry.samples is not None
            told = f"run of {date_text(run_time(entry.run_id))} · {count_text(len(entry.samples.at), 'sample')}"
            heading = Heading(f"{entry.experiment}: {topic.title}", told)
            axes = draw_elapsed(entry.samples.at, lines, topic.unit, topic.title, heading)
            path = folder / f"{topic.name}.png"
            write_if_changed(path, png(axes))
            drawn.append(path)
    remove_others(folder, drawn)
    return drawn


def _shown(samples: Samples) -> Iterator[tuple[Topic, Lines]]:
    """Topics with their lines; of flags those that were ever up. A single value is no line, so it is not shown."""
    for topic in samples.topics.values():
        lines = samples.lines(topic.name)
        if topic.is_flag:
            lines = {label: values for label, values in lines.items() if any(value > 0 for value in values)}
        if any(sum(map(math.isfinite, values)) >= FEWEST for values in lines.values()):
            yield topic, lines
