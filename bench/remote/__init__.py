"""Boards: reaching them over TVM's RPC, within a deadline, and what is compiled for and timed on them."""
