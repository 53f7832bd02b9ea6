"""Tonight's verdicts: every series of a home, judged together."""
