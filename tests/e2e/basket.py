"""A program for editors: what comes next is plain to any model."""

BASKET = '''"""A shopping basket."""


class Basket:
    """Items with their prices."""

    def __init__(self) -> None:
        self.prices: list[float] = []

    def add(self, price: float) -> None:
        """Add one item."""
        self.prices.append(price)

    def total(self) -> float:
        """The sum of all prices."""
'''
