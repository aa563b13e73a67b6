"""Amounts."""


class Money:
    """An amount in one currency."""

    currency: str = "EUR"

    def __init__(self, cents: int, currency: str = "EUR") -> None:
        self.cents = cents
        self.currency = currency

    def plus(self, other: "Money") -> "Money":
        """The sum."""
        if other.currency != self.currency:
            raise ValueError("different currencies")
        return Money(self.cents + other.cents, self.currency)

    def _key(self) -> tuple[str, int]:
        return self.currency, self.cents


def round_up(money: Money, step: int) -> Money:
    """Round to the next multiple of `step` cents."""
    return Money(-(-money.cents // step) * step, money.currency)


def unrelated() -> None:
    """Nobody asks for it."""
