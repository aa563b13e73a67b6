"""Messages come out of a byte stream whole, whatever else is in it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midfill.lsp.framing import bodies

BODY = b'{"jsonrpc": "2.0"}'
FRAME = b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)

# What a careless wrapper script may print between messages.
noise = st.binary(max_size=40).map(lambda data: data.replace(b":", b"") + b"\n")


@given(st.lists(st.tuples(noise, st.binary(max_size=300)), max_size=6))
def test_all_bodies_are_found_between_noise(parts: list[tuple[bytes, bytes]]) -> None:
    stream = b"".join(b"%bContent-Length: %d\r\n\r\n%b" % (n, len(body), body) for n, body in parts)
    assert list(bodies(io.BytesIO(stream))) == [body for _, body in parts]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 18\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n",
        b"Content-Type: x\r\ncontent-length:18\r\n\r\n",
        b"Content-Length: 18\n\n",
        b"no line endContent-Length: 18\r\n\r\n",
    ],
)
def test_headers_are_read_as_clients_write_them(head: bytes) -> None:
    assert list(bodies(io.BytesIO(head + BODY + FRAME))) == [BODY, BODY]


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: -5", b"Content-Length: " + 5000 * b"9", b"Content-Length: x", 9000 * b"x"],
)
def test_a_length_that_cannot_be_is_skipped(head: bytes) -> None:
    assert list(bodies(io.BytesIO(head + b"\r\n\r\n" + FRAME))) == [BODY]


def test_a_body_that_breaks_off_is_no_message() -> None:
    assert list(bodies(io.BytesIO(FRAME + FRAME[:-1]))) == [BODY]
