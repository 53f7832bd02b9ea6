"""Records, the journal, the table."""
