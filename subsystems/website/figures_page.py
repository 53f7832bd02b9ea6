"""The page of the publication figures: to look at, and to take along in every format, with the data as CSV."""

from __future__ import annotations

from .shell import shell
from .site import Part, Site


def figures(site: Site) -> Part:
    """Each figure with its files; no page where there is none."""
    told = site.told
    if not told.figures:
        return Part()
    body = site.jinja.get_template("figures.html").render(told=told)
    files = {figure.place(path): path for figure in told.figures for path in figure.files}
    return Part({"figures.md": shell("Figures", body, searched=False)}, files, [("Figures", "figures.md")])
