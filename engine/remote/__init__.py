"""A model on another machine: the client, what may be sent to it, and when it is asked."""
