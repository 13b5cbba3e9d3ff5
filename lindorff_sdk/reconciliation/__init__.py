"""From what the files say to events the ERP applies: pure functions, no clock, no I/O."""
