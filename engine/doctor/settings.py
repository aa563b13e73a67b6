"""The settings: whether they can be read, and what of them is ignored."""

from __future__ import annotations

from pathlib import Path

from midfill.engine import paths
from midfill.engine import settings as layers
from midfill.engine.check import Check
from midfill.engine.errors import UsageError
from midfill.engine.settings import Settings


def load(workspace: Path) -> tuple[Settings | None, list[Check]]:
    """The settings as a command in `workspace` has them, None where they cannot be read."""
    try:
        settings, ignored = layers.load(workspace)
    except UsageError as error:
        fix = "correct the value, or delete its line: then the default holds"
        return None, [Check("settings", "error", str(error), fix)]
    if ignored:
        fix = "move it there, or delete it"
        return settings, [Check("settings", "warning", sentence, fix) for sentence in ignored]
    file = paths.config_file()
    return settings, [Check("settings", "ok", str(file) if file.exists() else "all defaults")]
