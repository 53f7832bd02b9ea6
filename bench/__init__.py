"""The experiments of this project; one `test_NAME.py` each."""
