"""What is measured of a test, and how fairly."""
