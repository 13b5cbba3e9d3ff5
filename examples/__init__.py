"""Examples that run: `make demo` runs the main job end to end."""
