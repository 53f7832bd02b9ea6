"""Tests of TVM builds: found, fetched, built, cached."""
