"""The documentation; pages that follow from tables are written by `python -m docs.generate`."""
