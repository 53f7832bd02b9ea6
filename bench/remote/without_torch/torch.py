"""Stands before torch on the path of a server of ours, and is no torch.

Reason: `import tvm` imports torch where it finds it, for tensors of torch that somebody might hand to it. A server gets
none; it would take seconds longer to start and hundreds of MiB, which no board would spend. Python looks into the
folders of PYTHONPATH first, so that the import ends here, and TVM goes on without. TVM has no switch for it.
"""

raise ImportError("a server of relaybench does without torch")
