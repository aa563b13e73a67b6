"""VS Code shows every setting of the server's with the default that it has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from midfill.engine.settings import Settings

MANIFEST = Path(__file__).parents[2] / "extension" / "vscode" / "package.json"
OURS = {"midfill.path", "midfill.trace.server"}
ONLY_THE_PERSON_MAY_SET = {"offline", "remote"}


def test_settings_and_defaults_are_the_servers() -> None:
    manifest = json.loads(MANIFEST.read_text())
    shown = {
        _snake(name.removeprefix("midfill.")): property["default"]
        for group in manifest["contributes"]["configuration"]
        for name, property in group["properties"].items()
        if name not in OURS
    }
    assert shown == _flat(json.loads(msgspec.json.encode(Settings())))


def _flat(settings: dict[str, Any]) -> dict[str, Any]:
    flat = {}
    for name, value in settings.items():
        if name in ONLY_THE_PERSON_MAY_SET:
            continue
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
