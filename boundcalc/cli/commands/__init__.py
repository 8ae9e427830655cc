"""The commands, one module each: what it takes, and which answer it prints."""
