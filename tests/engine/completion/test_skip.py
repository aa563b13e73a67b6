"""When no completion is asked for."""

from __future__ import annotations

import pytest

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason
from midfill.engine.completion.skip import skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("total = ¦", None),
        ("total = sum(¦)", None),
        ("names.append('¦')", None),
        ("call(a, [b, {'c': \"¦\"}]);", None),
        ("call(¦              )", None),
        ("call(¦, key)", None),
        ("if (¦) {", None),
        ("x = [¦, 12345678]", None),
        ("x = [¦, 123456789]", Reason.CODE_FOLLOWS),
        ("return ¦ + other.value", Reason.CODE_FOLLOWS),
        ("retu¦rn", Reason.IN_WORD),
        ("¦return", Reason.IN_WORD),
        ("gr¦öße", Reason.IN_WORD),
        ("x¦_y", Reason.IN_WORD),
    ],
)
def test_skip(line: str, reason: Reason | None) -> None:
    prefix, _, suffix = line.partition("¦")
    for end in ("", "\nanother_line = 1\n", "\r\nanother_line = 1", "\ranother_line"):
        assert skip(Cursor("above = 1\n" + prefix, suffix + end)) == reason
        assert skip(Cursor("above = 1\n" + prefix, suffix + end, explicit=True)) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_line_around_the_cursor(newline: str) -> None:
    cursor = Cursor(f"a{newline}b", f"c{newline}d")
    assert (cursor.line_prefix, cursor.line_suffix) == ("b", "c")
    cursor = Cursor(f"a{newline}", f"{newline}d")
    assert (cursor.line_prefix, cursor.line_suffix) == ("", "")
