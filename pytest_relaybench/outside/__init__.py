"""Results that other programs measured, read from their files."""
