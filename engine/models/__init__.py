"""The model catalogue, the hardware check, download and verification."""
