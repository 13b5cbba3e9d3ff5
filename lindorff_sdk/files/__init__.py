"""Bytes to models and back, driven by a profile: no I/O, no clock, same input same bytes."""
