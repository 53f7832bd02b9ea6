"""What docs/security.md promises, held by tests."""
