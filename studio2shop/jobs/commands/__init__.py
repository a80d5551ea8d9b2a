"""The commands, one per file: `add` says what a command is told, `run` does it."""
