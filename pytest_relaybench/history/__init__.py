"""Records, the journal, the table: what is kept, and how it is read back."""
