"""Figures of a list of numbers."""


def mean(values: list[float]) -> float:
    """The arithmetic mean."""
    return sum(values) / len(values)


def median(values: list[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 0:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
