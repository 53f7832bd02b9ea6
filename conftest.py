"""What every pytest run in this checkout shares."""

pytest_plugins = ["pytester"]
