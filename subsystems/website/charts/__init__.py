"""The charts of an experiment's page: their data, their static pictures, their CSV."""

from .section import Charts
from .site_charts import charts_of_site

__all__ = ["Charts", "charts_of_site"]
