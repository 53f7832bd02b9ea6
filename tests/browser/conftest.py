"""The sample home with forty nights, and its site: those of the website's own tests."""

from __future__ import annotations

from tests.subsystems.conftest import home, site

__all__ = ["home", "site"]
