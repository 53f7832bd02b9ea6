"""Pictures and words made of the table."""
