"""Prices of an order."""

from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    quantity: int


def total(items: list[Item]) -> float:
    """Sum of price times quantity over all items."""
    █


if __name__ == "__main__":
    print(total([Item("pen", 1.5, 4), Item("ink", 6.0, 1)]))
