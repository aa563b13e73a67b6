"""An answer that is to begin with the unfinished word at the cursor."""

from __future__ import annotations

import pytest

from midfill.engine.backend import Choice, Delta, Score
from midfill.engine.remote.healing import Healing
from midfill.engine.remote.prompt import TextPrompt


def _delta(*tokens: tuple[str, ...]) -> Delta:
    """Tokens, and the likeliest others in the place of each."""
    scores = tuple(
        Score(Choice(token.encode(), -0.1), tuple(Choice(each.encode(), -1) for each in others))
        for token, *others in tokens
    )
    return Delta("".join(token for token, *_ in tokens if not token.startswith("<|")), None, scores)


@pytest.mark.parametrize(
    ("deltas", "new", "prompt"),
    [
        ([_delta((" re",)), _delta(("turn",))], "rn", "x re"),
        ([_delta((" return",)), _delta((" 1",))], "rn 1", "x re"),
        ([_delta((" reset", " result", " return", " retry"))], "rn", "x return"),
        ([_delta((" reset", " ret", " return"))], "", "x ret"),
        ([_delta((" re",), ("set", "", "tu", "turn"))], "", "x retu"),
        ([_delta((" reset", " a", "\ufffd"))], "", "x retu"),
        ([_delta((" reset", " ", " r"))], "", "x r"),
        ([_delta((" ",), ("1",))], "", "x retu"),
        ([Delta(" reset")], "", "x retu"),
        ([_delta(("<|endoftext|>", " retur"))], "r", "x retur"),
        ([_delta((" re",)), Delta("")], "", "x retu"),
    ],
)
def test_it_goes_on_behind_the_likeliest_token_of_the_word(
    deltas: list[Delta], new: str, prompt: str
) -> None:
    healing = Healing(TextPrompt("x", " retu"))
    assert healing.prompt() == "x"
    said = ""
    for delta in deltas:
        said += healing.read(delta)
        if healing.astray:
            break
    healing.finish()
    assert said == new
    if healing.astray:
        assert healing.prompt() == prompt
        assert not healing.astray
    else:
        assert new.startswith("rn")


def test_it_asks_until_the_word_is_there() -> None:
    healing = Healing(TextPrompt("x", " retu"))
    for token, other in ((" b", " r"), ("b", "e"), ("b", "t")):
        assert healing.read(_delta((token, other))) == ""
        assert healing.astray
        healing.prompt()
    assert healing.prompt() == "x ret"
    assert healing.read(_delta(("b",))) == ""
    assert healing.prompt() == "x retu"
    assert healing.left == ""
    assert healing.read(Delta("b")) == "b"
