"""What of a repository a model is shown besides the file being edited."""
