"""Search/replace blocks: where they fit, and what is said where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.repair.blocks import Block, blocks_in, placed
from midfill.engine.repair.edit import NoEdit, Unchanged

TEXT = """\
def one():
    return 1


def two():
    if True:
        return 1
    return 2
"""


def block(search: str, replace: str, path: str = "a.py") -> Block:
    return Block(path, tuple(search.split("\n")), tuple(replace.split("\n")))


def replaced(search: str, replace: str, text: str = TEXT) -> str:
    return placed([block(search, replace)], {"a.py": text})["a.py"]


def test_read() -> None:
    answer = (
        "First:\n\n`src/a.py`\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
        "<<<<<<< SEARCH\n=======\nc\n>>>>>>> REPLACE\n```\nThen that.\n"
        "### b.py\n<<<<<<< SEARCH\r\nx\r\n=======\r\n>>>>>>> REPLACE\r\n"
    )
    assert blocks_in(answer) == [
        Block("src/a.py", ("a",), ("b",)),
        Block("src/a.py", (), ("c",)),
        Block("b.py", ("x",), ()),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "nothing",
        "",
        "<<<<<<< SEARCH\na\n",
        "<<<<<<< SEARCH\na\n=======\nb\n",
        "<<<<<<< SEARCH\na\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
    ],
)
def test_cut_short(answer: str) -> None:
    with pytest.raises(NoEdit):
        blocks_in(answer)


def test_exact() -> None:
    assert replaced("    return 2", "    return 3") == TEXT.replace("return 2", "return 3")


def test_another_margin() -> None:
    wanted = TEXT.replace("        return 1", "        return 3")
    assert replaced("if True:\n    return 1", "if True:\n    return 3") == wanted
    assert replaced("\t\tif True:\n\t\t    return 1", "\t\tif True:\n\t\t    return 3") == wanted


def test_a_blank_line_too_many() -> None:
    assert replaced("\n    return 2", "\n    return 3") == TEXT.replace("return 2", "return 3")


def test_pieces() -> None:
    found = replaced("def two():\n...\n    return 2", "def three():\n...\n    return 3")
    assert found == TEXT.replace("two", "three").replace("return 2", "return 3")


def test_several_places_are_none() -> None:
    with pytest.raises(NoEdit, match="fits in 2 places"):
        replaced("return 1", "return 3")


def test_nothing_is_matched_by_likeness() -> None:
    with pytest.raises(NoEdit) as told:
        replaced("def two():\n    if true:\n        return 1", "x")
    assert "did you mean these?" in str(told.value)
    assert "    if True:" in str(told.value)


def test_all_or_none() -> None:
    with pytest.raises(NoEdit, match="1 of 2 blocks fit, and none was applied"):
        placed([block("    return 2", "x"), block("nowhere at all", "x")], {"a.py": TEXT})


def test_a_later_block_sees_the_earlier() -> None:
    blocks = [block("    return 2", "    return 3"), block("    return 3", "    return 4")]
    assert "return 4" in placed(blocks, {"a.py": TEXT})["a.py"]


@pytest.mark.parametrize(
    ("path", "search", "reason"),
    [
        ("a.py", "", "SEARCH is empty"),
        ("../../x", "root", "none of the files"),
        ("", "x", "name the file"),
    ],
)
def test_refused(path: str, search: str, reason: str) -> None:
    with pytest.raises(NoEdit, match=reason):
        placed([block(search, "x", path)], {"a.py": TEXT})


def test_a_new_file() -> None:
    assert placed([block("", "x = 1", "b.py")], {}) == {"b.py": "x = 1\n"}


def test_unchanged() -> None:
    with pytest.raises(Unchanged):
        replaced("    return 2", "    return 2")


ENDS = st.sampled_from(["\n", "\r\n", "\r"])
LINES = st.lists(st.sampled_from(["a", " b", "\tc", "", "  d e", "ü"]), min_size=1, max_size=8)


@given(LINES, st.lists(ENDS, min_size=8, max_size=8), st.booleans(), st.data())
def test_the_rest_stays_as_it_is(
    names: list[str], ends: list[str], closed: bool, data: st.DataObject
) -> None:
    text = "".join(name + end for name, end in zip(names, ends, strict=False))
    text = text if closed else text.rstrip("\r\n")
    at = data.draw(st.integers(0, len(names)))
    before = "".join(name + end for name, end in zip(names[:at], ends, strict=False))
    after = "".join(name + end for name, end in zip(names[at:], ends[at:], strict=False))
    if not text.startswith(before) or (not closed and not after):
        return
    tail = text[len(before) :]
    unique = f"{before}needle{ends[at - 1]}{tail}"
    found = placed([block("needle", "thread\nyarn")], {"a.py": unique})["a.py"]
    assert found.startswith(before)
    assert found.endswith(tail)
    assert found[len(before) : len(found) - len(tail)].split() == ["thread", "yarn"]
