from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from midfill.engine import settings
from midfill.engine.errors import MidfillError
from midfill.engine.models import gguf
from midfill.engine.models.choose import resolve

MakeGguf = Callable[..., bytes]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gguf") / "model.gguf"


def check(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)
    gguf.check(scratch)


def test_a_whole_file_passes(scratch: Path, make_gguf: MakeGguf) -> None:
    check(scratch, make_gguf())


def test_padding_behind_the_last_tensor_passes(scratch: Path, make_gguf: MakeGguf) -> None:
    check(scratch, make_gguf() + bytes(31))


def test_one_missing_byte_is_found(scratch: Path, make_gguf: MakeGguf) -> None:
    content = make_gguf()
    with pytest.raises(MidfillError, match=f"has {len(content) - 1:,} of {len(content):,} bytes"):
        check(scratch, content[:-1])


def test_every_shorter_file_is_refused(scratch: Path, make_gguf: MakeGguf) -> None:
    content = make_gguf(b"")
    for length in range(len(content)):
        with pytest.raises(MidfillError):
            check(scratch, content[:length])


def test_a_header_longer_than_one_read(
    scratch: Path, make_gguf: MakeGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "_FIRST_READ", 16)
    content = make_gguf(vocabulary=2000)
    check(scratch, content)
    with pytest.raises(MidfillError, match="cut short"):
        check(scratch, content[:-1])
    with pytest.raises(MidfillError, match="inside its header"):
        check(scratch, content[:5000])


def test_reading_stops_at_the_largest_header(
    scratch: Path, make_gguf: MakeGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "_FIRST_READ", 16)
    monkeypatch.setattr(gguf, "_LARGEST_HEADER", 1024)
    with pytest.raises(MidfillError, match="header does not end"):
        check(scratch, make_gguf(vocabulary=2000))


def header(pairs: bytes = b"", tensors: bytes = b"", *, counts: tuple[int, int]) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, *counts) + pairs + tensors


KEY = struct.pack("<Q", 1) + b"k"
LARGEST = (1 << 64) - 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"GGML" + bytes(100), id="another format"),
        pytest.param(b"GGUF" + struct.pack(">I", 3) + bytes(100), id="big-endian"),
        pytest.param(b"GGUF" + struct.pack("<I", 1) + bytes(100), id="version 1"),
        pytest.param(header(bytes(5000), counts=(0, LARGEST)), id="endless pairs"),
        pytest.param(header(bytes(5000), counts=(LARGEST, 0)), id="endless tensors"),
        pytest.param(header(struct.pack("<Q", LARGEST), counts=(0, 1)), id="endless key"),
        pytest.param(
            header(KEY + struct.pack("<IIQ", 9, 8, LARGEST) + bytes(5000), counts=(0, 1)),
            id="endless strings",
        ),
        pytest.param(
            header(KEY + struct.pack("<IIQQ", 9, 8, 2, LARGEST), counts=(0, 1)), id="endless string"
        ),
        pytest.param(
            header(KEY + struct.pack("<IIQ", 9, 12, LARGEST), counts=(0, 1)), id="endless numbers"
        ),
        pytest.param(
            header(KEY + struct.pack("<IIQ", 9, 9, 1) * 9, counts=(0, 1)), id="array in array"
        ),
        pytest.param(header(KEY + struct.pack("<I", 99), counts=(0, 1)), id="unknown value"),
        pytest.param(
            header(
                struct.pack("<Q", 17) + b"general.alignment" + struct.pack("<II", 4, 0),
                counts=(0, 1),
            ),
            id="alignment 0",
        ),
        pytest.param(
            header(tensors=KEY + struct.pack("<I", 5) + bytes(100), counts=(1, 0)),
            id="five dimensions",
        ),
        pytest.param(
            header(tensors=KEY + struct.pack("<IQIQ", 1, LARGEST, 0, LARGEST), counts=(1, 0)),
            id="endless tensor",
        ),
    ],
)
def test_lies_are_refused(scratch: Path, content: bytes) -> None:
    with pytest.raises(MidfillError):
        check(scratch, content)


def test_a_tensor_type_from_the_future_is_let_through(scratch: Path) -> None:
    """llama.cpp decides on it; where it begins is known all the same."""
    content = header(tensors=KEY + struct.pack("<IQIQ", 1, 256, 999, 64), counts=(1, 0))
    content += bytes(-len(content) % 32) + bytes(64)
    check(scratch, content)
    with pytest.raises(MidfillError, match="cut short"):
        check(scratch, content[:-1])


@examples(deadline=None)
@given(data=st.data())
def test_mutated_bytes_raise_nothing_else(
    data: st.DataObject, scratch: Path, make_gguf: MakeGguf
) -> None:
    content = bytearray(make_gguf())
    for _ in range(data.draw(st.integers(1, 4), "mutations")):
        place = data.draw(st.integers(0, len(content) - 1), "place")
        patch = data.draw(st.binary(min_size=1, max_size=9), "patch")
        content[place : place + data.draw(st.integers(0, 9), "replaced")] = patch
    with contextlib.suppress(MidfillError):
        check(scratch, bytes(content))


@examples(deadline=None)
@given(content=st.binary(max_size=300))
def test_garbage_raises_nothing_else(content: bytes, scratch: Path) -> None:
    with pytest.raises(MidfillError):
        check(scratch, b"GGUF\x03\0\0\0" + b"\xff" + content)


def test_a_text_of_the_header(tmp_path: Path, make_gguf: Callable[..., bytes]) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(make_gguf())
    assert gguf.text(path, "general.architecture") == "qwen2"
    assert gguf.text(path, "absent") is None


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MidfillError, match="No such file"):
        gguf.check(tmp_path / "absent.gguf")
    with pytest.raises(MidfillError, match="is not a file"):
        gguf.check(tmp_path)


def test_the_table_of_types_is_that_of_the_library_that_loads_the_file() -> None:
    found = importlib.util.find_spec("llama_cpp")
    assert found is not None
    assert found.origin is not None
    (library, *_) = (Path(found.origin).parent / "lib").glob("*ggml-base*")
    ggml = ctypes.CDLL(str(library))
    ggml.ggml_blck_size.restype = ctypes.c_int64
    ggml.ggml_type_size.restype = ctypes.c_size_t
    for kind, (block, block_bytes) in gguf.TENSOR_TYPES.items():
        assert (ggml.ggml_blck_size(kind), ggml.ggml_type_size(kind)) == (block, block_bytes), kind


@pytest.mark.model
def test_the_real_model_and_the_same_without_its_last_byte(tmp_path: Path) -> None:
    try:
        path = resolve(settings.load()[0]).path
    except MidfillError as error:
        pytest.skip(str(error))
    gguf.check(path)
    size = path.stat().st_size
    sparse = tmp_path / "sparse.gguf"  # the real header in front of a hole: no copy of the weights
    with path.open("rb") as model:
        sparse.write_bytes(model.read(16 << 20))
    with sparse.open("r+b") as file:
        file.truncate(size)
        gguf.check(sparse)
        file.truncate(size - 1)
    with pytest.raises(MidfillError, match=f"has {size - 1:,} of {size:,} bytes"):
        gguf.check(sparse)


def test_numbers_and_tensors(scratch: Path, make_gguf: MakeGguf) -> None:
    scratch.write_bytes(make_gguf())
    assert gguf.contents(scratch) == ({"general.alignment": 64}, {"first": 144, "last": 864})
