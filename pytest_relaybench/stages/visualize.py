"""Visualize: graphs by the experiment's own `visualize`, its declared `graphs`, or what fits its parameters."""

from __future__ import annotations

from ..render.graphs import default_graphs
from ..render.series import dimensions, expand_params, main_metric
from ..state import ExperimentNight, Night
from .outcome import Outcome, counted


def visualize(night: Night, entry: ExperimentNight) -> Outcome:
    """Draw into the experiment's graph folder; what our own drawing left from earlier nights is removed.

    An author's `visualize` cleans up after itself: what it leaves is its own.
    """
    assert entry.experiment is not None
    folder = night.home.exp_graph_dir(entry.name)
    folder.mkdir(parents=True, exist_ok=True)
    history = night.table.frame(experiment=entry.name)
    hook = entry.experiment.hook("visualize")
    if hook is not None:
        hook(expand_params(history), folder)
        return Outcome(success=True, message="drawn by the experiment")
    tonight = history[history["run_id"] == night.run_id]
    graphs = getattr(entry.experiment.module, "graphs", None)
    if graphs is None:
        main = main_metric(tonight)
        graphs = default_graphs(dimensions(tonight[tonight["metric"] == main]), main)
    if not graphs and not any(folder.iterdir()):
        return Outcome(success=True, message="no graphs are declared")
    # matplotlib and seaborn take 1.5 s to import: only a night that draws pays for them
    from ..render.plots import draw_all  # noqa: PLC0415

    drawn = draw_all(graphs, tonight, history, folder, entry.name)
    return Outcome(success=True, message=counted(len(drawn), "graph"))
