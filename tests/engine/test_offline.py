"""Nothing leaves the machine: tried where nothing can, and where it could."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MIDFILL = [sys.executable, "-m", "midfill.engine.cli", "--offline"]
ISOLATED = ["unshare", "--map-root-user", "--net"]
TRY = """
import socket, sys, urllib.request
from midfill.engine import offline
offline.enforce()
for host in ("192.0.2.1", "example.invalid", "127.0.0.1.example.invalid"):
    try:
        socket.create_connection((host, 80), 1)
    except PermissionError as error:
        print(error)
try:
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.2", 53))
except PermissionError as error:
    print(error)
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
left, right = socket.socketpair()
print("within it works")
"""


def _isolates() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*ISOLATED, "true"], capture_output=True).returncode == 0


def test_every_connection_that_leaves_is_an_error() -> None:
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "offline: no connection to 192.0.2.1 is opened",
        "offline: no connection to example.invalid is opened",
        "offline: no connection to 127.0.0.1.example.invalid is opened",
        "offline: no connection to 192.0.2.2 is opened",
        "within it works",
    ]


def test_no_model_is_downloaded(tmp_path: Path) -> None:
    environment = {"PATH": "", "HOME": str(tmp_path), "MIDFILL_CACHE_HOME": str(tmp_path / "c")}
    done = subprocess.run(
        [*MIDFILL, "models", "pull", "0.5b"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "offline: no model is downloaded" in done.stderr


def test_an_endpoint_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[remote.endpoints.gpu]\nurl = 'https://gpu.invalid'\n")
    environment = {"HOME": str(tmp_path), "MIDFILL_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [*MIDFILL, "remote", "test"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "offline: no connection is opened" in done.stderr


@pytest.mark.model
@pytest.mark.skipif(not _isolates(), reason="needs a network namespace: unshare --net")
def test_all_works_where_there_is_no_network(
    tmp_path: Path, real_model_env: dict[str, str]
) -> None:
    (tmp_path / "sums.py").write_text("def add(a, b):\n    return a - b\n")
    (tmp_path / "use.py").write_text("from sums import add\n\nprint(add(1, 2), )\n")
    check = f"{sys.executable} -c 'from sums import add; assert add(1, 2) == 3'"
    commands = {
        "index": ["index", "."],
        "complete": ["complete", "use.py", "--at", "3:17"],
        "repair": ["repair", "sums.py", "--test", check, "--candidates", "4", "--rounds", "1"],
    }
    environment = {**real_model_env, "MIDFILL_CACHE_HOME": str(tmp_path / "cache")}
    environment["MIDFILL_MODELS_DIR"] = str(Path(real_model_env["MIDFILL_MODEL"]).parent)
    for name, command in commands.items():
        done = subprocess.run(
            [*ISOLATED, *MIDFILL, *command, "--json"],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.stdout, (name, done.stderr)
        answer = json.loads(done.stdout)
        assert name != "complete" or answer["backend"] == "local"
        assert name != "repair" or answer["fixed"]
