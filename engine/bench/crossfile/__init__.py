"""`midfill bench crossfile`: lines that need a name from another file, with and without context."""
