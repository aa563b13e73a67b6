"""The benchmarks behind `midfill bench`."""
