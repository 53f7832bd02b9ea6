"""Publication figures: what a paper on the compiler shows, drawn from tonight's measurements."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Done
from pytest_relaybench.render.graphs import Format

from .figures import Ours

FOLDER = "figures"


def _all_formats() -> list[Format]:
    return ["png", "pdf", "svg", "csv"]


class Config(SubsystemConfig):
    """`H/config/subsystem/post_process/config.json`."""

    our_name: str = Field(default="Relax", min_length=1, description="what the figures call the compiler measured")
    cnn_engines: list[str] = Field(
        default_factory=lambda: ["relax-scheduled", "relax-tuned", "relax"],
        min_length=1,
        description="which engine is ours in the vision figure: the first of them that was measured on the device",
    )
    rnn_engines: list[str] = Field(
        default_factory=lambda: ["relax-compiled", "relax-bytecode"],
        min_length=1,
        description="the same for the figure of recurrent networks",
    )
    formats: list[Format] = Field(
        default_factory=_all_formats, min_length=1, description="files to write of each figure"
    )


def run(dashboard: Dashboard, config: Config, output: Path) -> Done:
    """Draw every figure whose experiments ran tonight into `output/figures`; name those that are left out.

    Raises SubsystemError for what a figure raised, when the others are drawn.
    """
    # matplotlib takes 1.5 s, and checking a config draws nothing
    from .drawing import draw_figures  # noqa: PLC0415

    ours = Ours(config.our_name, tuple(config.cnn_engines), tuple(config.rnn_engines))
    return Done(draw_figures(dashboard, ours, output / FOLDER, config.formats))
