"""Stands before torch on a server's path: TVM would import it, which takes seconds, and no board has it."""

raise ImportError("a server of relaybench does without torch")
