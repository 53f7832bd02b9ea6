"""The page of every machine that ever measured."""
