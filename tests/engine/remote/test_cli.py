"""`midfill remote`, as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from midfill.engine.check import Check
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.examine import examine
from midfill.engine.settings import Completion, Endpoint, Remote, Settings

from .conftest import Peer, events

KEY = "sesame-open"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Folders of the test's own."""
    return {
        "HOME": str(tmp_path),
        "MIDFILL_CONFIG_HOME": str(tmp_path / "config"),
        "MIDFILL_STATE_HOME": str(tmp_path / "state"),
        "COLUMNS": "200",
        "GPU_KEY": KEY,
    }


def _remote(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midfill.engine.cli", "remote", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _listed(env: dict[str, str]) -> Any:
    return json.loads(_remote(env, "list", "--json").stdout)


def test_an_endpoint_is_added_and_removed(env: dict[str, str]) -> None:
    file = Path(env["MIDFILL_CONFIG_HOME"]) / "config.toml"
    file.parent.mkdir()
    file.write_text("model = '1.5b' # mine\n")
    assert "nothing leaves this machine" in _remote(env, "list").stdout
    url = "https://gpu.example:8000/v1"
    added = _remote(env, "add", "gpu", url, "--key-env", "GPU_KEY", "--for", "repair")
    assert added.returncode == 0
    assert "midfill remote test gpu" in added.stdout
    _remote(env, "add", "big", "https://big.example", "--key-command", "pass show 'my key'")
    listed = _listed(env)
    assert listed["endpoints"]["gpu"]["url"] == url
    assert listed["endpoints"]["gpu"]["tasks"] == ["repair"]
    assert listed["endpoints"]["big"]["key_command"] == ["pass", "show", "my key"]
    assert (listed["completion"], listed["repair"]) == ("prefer-local", "prefer-remote")
    table = _remote(env, "list").stdout
    assert "$GPU_KEY" in table
    assert KEY not in table + file.read_text()
    _remote(env, "add", "far", "https://far.example", "--for", "plan", "--context", "131072")
    far = _listed(env)["endpoints"]["far"]
    assert (far["tasks"], far["context_tokens"]) == (["plan"], 131072)
    _remote(env, "remove", "far")
    assert _remote(env, "remove", "gpu").returncode == 0
    assert list(_listed(env)["endpoints"]) == ["big"]
    assert file.read_text().startswith("model = '1.5b' # mine\n")


def test_where_nothing_is_set_nothing_is_imported() -> None:
    script = "import sys, midfill.lsp.server, midfill.engine.cli.complete; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "midfill.lsp.engine" in done.stdout
    assert "midfill.engine.remote" not in done.stdout
    assert "detect_secrets" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "gpu", "gpu.example:8000"], "URL is to be like https://gpu.example:8000/v1"),
        (["add", "gpu", "http://me:sesame@gpu.example"], "--key-env"),
        (["add", "local", "http://gpu.example"], "choose another name"),
        (["remove", "gpu"], "no endpoint is set: midfill remote add"),
        (["test"], "no endpoint is set: midfill remote add"),
    ],
)
def test_bad_usage(env: dict[str, str], arguments: list[str], sentence: str) -> None:
    done = _remote(env, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert KEY.split("-")[0] not in done.stderr
    assert not (Path(env["MIDFILL_CONFIG_HOME"]) / "config.toml").exists()


@pytest.mark.model
def test_the_real_engine_passes_every_check(env: dict[str, str], engine: tuple[str, str]) -> None:
    url, key = engine
    _remote(env, "add", "gpu", url, "--key-env", "GPU_KEY")
    done = _remote({**env, "GPU_KEY": key}, "test", "gpu", "--json")
    checks = json.loads(done.stdout)["endpoints"]["gpu"]
    assert [check["name"] for check in checks if check["status"] == "ok"] == [
        "encrypted",
        "reachable",
        "key",
        "model",
        "context",
        "FIM tokens",
        "completion",
    ]
    assert done.returncode == 0
    [sent] = json.loads(_remote(env, "log", "--json").stdout)["sent"]
    assert (sent["endpoint"], sent["task"], sent["file"]) == ("gpu", "completion", "sums.py")
    assert "sums.py" in _remote(env, "log").stdout

    wrong = _remote({**env, "GPU_KEY": "wrong"}, "test")
    assert wrong.returncode == 1
    assert "refuses the key in $GPU_KEY" in wrong.stdout


async def _examined(peer: Peer, settings: Settings, **endpoint: Any) -> dict[str, Check]:
    model = RemoteModel("gpu", peer.endpoint(**endpoint), Remote())
    try:
        return {check.name: check async for check in examine(model, settings)}
    finally:
        await model.aclose()


async def test_what_may_be_wrong(peer: Peer) -> None:
    peer.pages = {"/v1/models": b'{"data": [{"id": "coder", "max_model_len": 1024}]}'}
    checks = await _examined(peer, Settings(), model="koder")
    assert checks["model"].fix == "set one of: coder"
    checks = await _examined(peer, Settings())
    assert checks["context"].status == "error"
    assert "--max-model-len 1632" in checks["context"].fix
    assert checks["FIM tokens"].status == "warning"
    assert checks["completion"].status == "ok"
    small = Settings(completion=Completion(prefix_tokens=256, suffix_tokens=64))
    assert (await _examined(peer, small))["context"].status == "ok"
    peer.answer = events("I would rather", " talk about it")
    assert (await _examined(peer, small))["completion"].status == "warning"
    peer.pages = {"/v1/models": b"<html>"}
    assert "lists no models" in (await _examined(peer, Settings()))["model"].detail
    unset = (await _examined(peer, Settings(), key_env="NO_SUCH_KEY"))["key"]
    assert (unset.status, unset.detail) == ("error", "gpu: the variable NO_SUCH_KEY holds no key")
    await peer.stop()
    gone = await _examined(peer, Settings(), key_env="NO_SUCH_KEY")
    assert "does the server run" in gone["reachable"].detail
    assert "key" not in gone


async def test_plain_text_over_a_network_is_pointed_out() -> None:
    model = RemoteModel("gpu", Endpoint(url="http://gpu.invalid"), Remote())
    checks = {check.name: check async for check in examine(model, Settings())}
    await model.aclose()
    assert checks["encrypted"].status == "warning"
    assert checks["reachable"].status == "error"
