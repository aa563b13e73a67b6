"""What the server and the process that looks for a repair tell each other."""

from __future__ import annotations

import msgspec

from midfill.engine.repair.task import Outcome, Progress, Task
from midfill.engine.settings import Settings

PROGRAM = "midfill.lsp.repairer"


class Job(msgspec.Struct, frozen=True):
    """What to repair in the workspace `root`; `opened` are texts by their paths in it."""

    root: str
    task: Task
    settings: Settings
    opened: dict[str, str]


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far it is; in the end what has come of it, or why nothing could."""

    progress: Progress | None = None
    outcome: Outcome | None = None
    error: str = ""
