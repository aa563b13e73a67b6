"""From "cursor here" to "text there": models, the engine process, completion."""
