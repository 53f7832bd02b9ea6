"""The charts of an experiment's page: their data, their static pictures, their CSV."""

from .section import Charts
from .site_charts import Charting

__all__ = ["Charting", "Charts"]
