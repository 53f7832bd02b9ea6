"""The ledger of compiling a model: seconds by phase, memory, size, and how they are told."""
