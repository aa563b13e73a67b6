"""`midfill bench repair`: faulty programs repaired by Midfill, and by Aider beside it."""
