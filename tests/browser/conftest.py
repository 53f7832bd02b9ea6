"""The sample home with forty nights, and its site: those of the website's own tests."""

from tests.subsystems.conftest import home, site

__all__ = ["home", "site"]
