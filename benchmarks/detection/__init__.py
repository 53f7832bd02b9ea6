"""The yardstick of regression detection: labelled histories, ours and the peers' rules, one table."""
