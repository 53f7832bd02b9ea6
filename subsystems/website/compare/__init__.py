"""The page that compares any two runs, or two builds, engines or parameter values of one run, in the browser."""
