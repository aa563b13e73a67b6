"""What is wrong with an installation, and what mends it: `midfill doctor`."""
