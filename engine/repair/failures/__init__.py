"""What tools say is wrong: one reader for the output of each, in one ordered list."""
