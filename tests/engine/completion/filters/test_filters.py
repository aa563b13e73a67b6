"""What holds for all filters, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from midfill.engine.completion import filters
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason
from midfill.grammars.registry import languages

WORDS = ["x", "foo", "end", "if a:", "else", "return 1", "é", "case 1:", "<|endoftext|>", "```"]
SIGNS = ["(", ")", "[", "]", "{", "}", '"', "'", '"""', "`", "\\", ",", ";", ":", "=", "#", "//"]
BLANKS = [" ", "    ", "\t", "\n", "\n\n", "\n    ", "\n\t", "\r\n", "\r"]
texts = st.lists(st.sampled_from(WORDS + SIGNS + BLANKS), max_size=16).map("".join)
names = st.sampled_from([*languages(), None])


def _cursor(prefix: str, suffix: str, language: str | None, explicit: bool = False) -> Cursor:
    return Cursor(prefix, suffix, languages()[language] if language else None, explicit)


def _words(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=300)
@given(texts, texts, texts, names, st.booleans())
def test_no_filter_adds_to_the_text(
    prefix: str, suffix: str, suggestion: str, language: str | None, explicit: bool
) -> None:
    cursor = _cursor(prefix, suffix, language, explicit)
    for each in filters.FILTERS:
        left = each(suggestion, cursor)
        assert isinstance(left, Reason) or _words(suggestion).startswith(_words(left)), each


@settings(max_examples=300)
@given(texts, texts, texts, names)
@example("({", ")x", "xx)x}", "ada")
def test_what_is_left_stays(
    prefix: str, suffix: str, suggestion: str, language: str | None
) -> None:
    cursor = _cursor(prefix, suffix, language)
    left = filters.apply(suggestion, cursor)
    if isinstance(left, str):
        assert left.strip()
        assert filters.apply(left, cursor) == left


@pytest.mark.parametrize("text", ["", " ", "\n    \n"])
def test_nothing_is_left_of_nothing(text: str) -> None:
    assert filters.apply(text, _cursor("x = ", "\n", "python")) == Reason.NOTHING


def test_a_person_who_asks_gets_short_suggestions_too() -> None:
    assert filters.apply("1", _cursor("x = ", "\n", "python")) == Reason.TOO_SHORT
    assert filters.apply("1", _cursor("x = ", "\n", "python", explicit=True)) == "1"


def test_real_code_is_left_alone() -> None:
    """The lines of a file, suggested in their place."""
    lines = SAMPLE.split("\n")
    for at, line in enumerate(lines):
        content = line.strip()
        if len(content) < 4:
            continue
        above = "\n".join([*lines[:at], line[: len(line) - len(line.lstrip())]])
        below = "\n".join(["", *lines[at + 1 :]])
        assert filters.apply(content, _cursor(above, below, "python")) == content
        half = len(content) // 2
        typed, rest = content[:half], content[half:]
        if len(rest.strip()) >= 4:
            cursor = _cursor(above + typed, below, "python")
            assert filters.apply(rest, cursor) == (rest.lstrip() if typed[-1] == " " else rest)


SAMPLE = '''
"""Orders, and what they cost."""

from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float
    amount: int = 1

    @property
    def total(self) -> float:
        """The price of all of them."""
        return self.price * self.amount


@dataclass
class Order:
    items: list[Item] = field(default_factory=list)
    discounts: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, price: float, amount: int = 1) -> None:
        for item in self.items:
            if item.name == name and item.price == price:
                item.amount += amount
                return
        self.items.append(Item(name, price, amount))

    def total(self) -> float:
        total = 0.0
        for item in self.items:
            discount = self.discounts.get(item.name, 0.0)
            if discount:
                total += item.total * (1 - discount)
            else:
                total += item.total
        return round(total, 2)

    def report(self) -> str:
        rows = [
            f"{item.name:<20} {item.amount:>4} {item.price:>8.2f} {item.total:>8.2f}"
            for item in sorted(self.items, key=lambda item: (item.name, item.price))
        ]
        return "\\n".join([*rows, f"{'total':<34} {self.total():>8.2f}"])


def main() -> None:
    order = Order(discounts={"pen": 0.1, "ink": 0.25})
    order.add("pen", 1.5, amount=10)
    order.add("ink", 12.0)
    order.add("pen", 1.5)
    print(order.report())


if __name__ == "__main__":
    main()
'''
