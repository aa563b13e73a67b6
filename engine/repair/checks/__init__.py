"""Whether a candidate is good: checks in an order, each stricter than the one before."""
