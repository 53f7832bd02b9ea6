"""Child interpreters: a crash or a hang costs one test, not the night."""
