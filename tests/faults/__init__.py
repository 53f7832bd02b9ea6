"""The campaign of faults: what is promised never to happen, tried on purpose (`python -m tests.faults`)."""
