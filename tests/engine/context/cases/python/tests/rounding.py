from shop import Money, round_up
from shop import stock


def test_round() -> None:
    money = Money(101)
    result = ‸
    stock.reserve_article
