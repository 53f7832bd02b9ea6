"""TVM builds under test."""
