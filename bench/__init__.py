"""Benchmarks: each prints a ratio against a peer measured in the same run. Never timed tests."""
