"""The parts of an experiment's page, each from what the home knows of it: no file is read here but two records."""
