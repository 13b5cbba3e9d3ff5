"""What the files say: frozen classes without text and without I/O."""
