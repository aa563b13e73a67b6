"""Files that are read as text, and written back byte for byte."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair import lines
from midfill.engine.repair.source import decoded, read

ENCODINGS = [
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
]


@given(
    st.sampled_from(ENCODINGS),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff#")),
)
def test_written_back(encoding: tuple[bytes, str], text: str) -> None:
    mark, name = encoding
    data = mark + text.encode(name)
    source = decoded("a.py", data)
    assert source.text == text
    assert source.encoded(source.text) == data
    assert source.mark == mark


@given(st.binary().filter(lambda data: b"\0" not in data))
def test_any_bytes_are_written_back(data: bytes) -> None:
    try:
        source = decoded("a.py", data)
    except MidfillError:
        return
    assert source.encoded(source.text) == data


def test_an_unknown_encoding_keeps_its_bytes() -> None:
    data = "# café\nx = 1\n".encode("latin-1")
    source = decoded("a.py", data)
    assert source.guessed
    assert source.encoded(source.text.replace("1", "2")) == data.replace(b"1", b"2")
    with pytest.raises(MidfillError, match="save the file as UTF-8"):
        source.encoded(source.text + "ü")


def test_a_declared_encoding() -> None:
    data = "#!/bin/x\n# -*- coding: cp1251 -*-\nx = 'да'\n".encode("cp1251")
    source = decoded("a.py", data)
    assert (source.encoding, source.guessed) == ("cp1251", False)
    assert "да" in source.text
    with pytest.raises(MidfillError, match="cp1251"):
        source.encoded("中")


@pytest.mark.parametrize("data", [b"\x7fELF\0\0", b"a\0b", codecs.BOM_UTF16_LE + b"a"])
def test_no_text(data: bytes) -> None:
    with pytest.raises(MidfillError, match="is not read"):
        decoded("a.bin", data)


def test_not_every_file_is_read(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (tmp_path / "outside.py").touch()
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / ".gitignore").write_text("made/\n")
    (root / ".git").mkdir()
    (root / "made").mkdir()
    (root / "made" / "a.py").touch()
    (root / "large.py").write_bytes(b"#" * (2 << 20))
    (root / ".env").write_text("KEY=1")
    files = Files(root)
    for name in ("link.py", "../outside.py", "made/a.py", "large.py", ".env", "missing.py"):
        with pytest.raises(MidfillError):
            read(root / name, files)


@given(st.text(st.sampled_from("ab \r\n\u2028\x0b")))
def test_lines(text: str) -> None:
    assert "".join(lines.split(text)) == text
    assert lines.offsets(text)[-1] == len(text)
    for line in lines.split(text):
        assert lines.bare(line) + lines.end_of(line) == line
        assert not set("\r\n") & set(lines.bare(line))


def test_line_numbers() -> None:
    text = "a\r\nb\rc\nd"
    assert [lines.number_at(text, at) for at in (0, 1, 3, 5, 7)] == [1, 1, 2, 3, 4]
    assert lines.newline("a\r\nb\r\nc\n") == "\r\n"
    assert lines.newline("a") == "\n"


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["\n", "\r\n", "\r"])), max_size=6),
    st.booleans(),
)
def test_lines_that_stay_keep_their_ends(old: list[tuple[str, str]], closed: bool) -> None:
    text = "".join(map("".join, old))
    text = text if closed or not old else text[: -len(old[-1][1])]
    assert lines.with_ends(text, [lines.bare(line) for line in lines.split(text)], "\n") == text
