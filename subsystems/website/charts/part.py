"""The files of all charts: values by year for the script, and as CSV for people. The pages are the experiments' own."""

from __future__ import annotations

from ..site import Part, Site


def charts(site: Site) -> Part:
    """Files only."""
    return Part(files={path: content for found in site.charts.values() for path, content in found.files.items()})
