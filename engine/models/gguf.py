"""What a GGUF file's header says: how long the file must be, texts and numbers, vocabulary.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from midfill.engine.errors import MidfillError

# Qwen2.5's header is 5.9 MB, nearly all of it vocabulary. No known model comes near the limit.
_FIRST_READ = 8 << 20
_LARGEST_HEADER = 64 << 20

_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALAR_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

# ggml type -> (elements in a block, bytes of a block), as ggml_blck_size and ggml_type_size say.
TENSOR_TYPES = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    9: (32, 36),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    15: (256, 292),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    24: (1, 1),
    25: (1, 2),
    26: (1, 4),
    27: (1, 8),
    28: (1, 8),
    29: (256, 56),
    30: (1, 2),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
    40: (64, 36),
}

_WHOLE = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 10: "<Q", 11: "<q"}
_U32 = struct.Struct("<I").unpack_from
_U64 = struct.Struct("<Q").unpack_from


def check(path: Path) -> None:
    """Make sure that `path` is a GGUF with all the bytes of its tensors.

    Raises:
        MidfillError: it cannot be read, is no GGUF, or is cut short, be it by one byte.
    """
    _read(path)


def text(path: Path, key: str) -> str | None:
    """The text that the header holds under `key`; None where there is none.

    Raises:
        MidfillError: as `check`.
    """
    found = _read(path).texts.get(key.encode())
    return None if found is None else found.decode("utf-8", "replace")


def texts(path: Path, key: str) -> list[bytes]:
    """The texts of the array that the header holds under `key`; none where there is none.

    Raises:
        MidfillError: as `check`.
    """
    header = _read(path)
    count, header.position = header.arrays.get(key.encode(), (0, 0))
    return [header.string() for _ in range(count)]


class Contents(NamedTuple):
    """Whole numbers of the header by key, and bytes of the tensors by name."""

    numbers: dict[str, int]
    tensors: dict[str, int]


def contents(path: Path) -> Contents:
    """The numbers and the tensors that the header lists; of types newer than ours 0 bytes.

    Raises:
        MidfillError: as `check`.
    """
    header = _read(path)
    return Contents(
        {key.decode("utf-8", "replace"): value for key, value in header.numbers.items()},
        {name.decode("utf-8", "replace"): size for name, size in header.tensors.items()},
    )


def _read(path: Path) -> _Header:
    """The header of a whole file."""
    if path.exists() and not path.is_file():
        raise MidfillError(f"{path} is not a file")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = b""
            while True:
                head += file.read(max(len(head), _FIRST_READ))
                header = _Header(head)
                try:
                    needed = header.needed_bytes()
                    break
                except _Beyond as beyond:
                    if beyond.wanted > size or len(head) >= size:
                        raise MidfillError(
                            f"{path} is cut short: {size:,} bytes end inside its header"
                        ) from None
                    if len(head) >= _LARGEST_HEADER:
                        raise _Malformed("its header does not end") from None
    except OSError as error:
        raise MidfillError(f"cannot read the model {path}: {error.strerror}") from error
    except _Malformed as error:
        raise MidfillError(f"{path} is not a model llama.cpp can load: {error}") from None
    if size < needed:
        raise MidfillError(f"{path} is cut short: it has {size:,} of {needed:,} bytes")
    return header


class _Malformed(Exception):
    """The bytes are no GGUF."""


class _Beyond(Exception):
    """The header goes on past the bytes at hand, at least to `wanted`."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted


class _Header:
    """One pass over the header's bytes. Numbers in it may lie, so every step checks the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.texts: dict[bytes, bytes] = {}
        self.numbers: dict[bytes, int] = {}
        self.tensors: dict[bytes, int] = {}
        # Of those of texts, the number of them and where the first begins.
        self.arrays: dict[bytes, tuple[int, int]] = {}

    def needed_bytes(self) -> int:
        """Up to the last byte of the last tensor; writers may or may not pad after it."""
        if not self.data.startswith(b"GGUF"):
            raise _Malformed("it does not begin with GGUF")
        self.position = 4
        version = self.u32()
        if version not in _VERSIONS:
            raise _Malformed(f"version {version} of GGUF is not supported")
        tensors, pairs = self.u64(), self.u64()
        for _ in range(pairs):
            key = self.string()
            kind = self.u32()
            if kind == _STRING:
                self.texts[key] = self.string()
            elif kind == _ARRAY:
                self.array(key)
            else:
                self.scalar(key, kind)
        alignment = self.numbers.get(b"general.alignment", 32)
        if alignment <= 0 or alignment % 8:
            raise _Malformed(f"its alignment is {alignment}")
        end = 0
        for _ in range(tensors):
            end = max(end, self.tensor_end())
        start = -(-self.position // alignment) * alignment
        return start + end

    def tensor_end(self) -> int:
        name = self.string()
        dimensions = self.u32()
        if dimensions > 4:
            raise _Malformed(f"a tensor has {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= self.u64()
        kind, offset = self.u32(), self.u64()
        # A type newer than this table: its length is unknown, its place is not.
        block, block_bytes = TENSOR_TYPES.get(kind, (1, 0))
        self.tensors[name] = elements // block * block_bytes
        return offset + self.tensors[name]

    def scalar(self, key: bytes, kind: int) -> None:
        self.skip(self.scalar_bytes(kind))
        if kind in _WHOLE:
            start = self.position - _SCALAR_BYTES[kind]
            self.numbers[key] = struct.unpack_from(_WHOLE[kind], self.data, start)[0]

    def array(self, key: bytes) -> None:
        kind, count = self.u32(), self.u64()
        if kind == _STRING:
            self.arrays[key] = count, self.position
        self.skip_array(kind, count)

    def skip_array(self, kind: int, count: int) -> None:
        if kind != _STRING:
            self.skip(self.scalar_bytes(kind) * count)
            return
        # A vocabulary: 300,000 strings, so this loop is the whole cost of the check.
        data, position = self.data, self.position
        try:
            for _ in range(count):
                position += 8 + _U64(data, position)[0]
        except (struct.error, OverflowError, IndexError):
            raise _Beyond(position + 8) from None
        self.position = position
        self.skip(0)

    def scalar_bytes(self, kind: int) -> int:
        if kind not in _SCALAR_BYTES:
            raise _Malformed(f"a value has the unknown type {kind}")
        return _SCALAR_BYTES[kind]

    def string(self) -> bytes:
        length = self.u64()
        start = self.position
        self.skip(length)
        return self.data[start : self.position]

    def u32(self) -> int:
        self.skip(4)
        return int(_U32(self.data, self.position - 4)[0])

    def u64(self) -> int:
        self.skip(8)
        return int(_U64(self.data, self.position - 8)[0])

    def skip(self, count: int) -> None:
        self.position += count
        if self.position > len(self.data):
            raise _Beyond(self.position)
