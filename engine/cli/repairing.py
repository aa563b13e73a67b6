"""A repair with all that the person has set up: index, backends and advisers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from midfill.engine.cli.advisers import advising
from midfill.engine.cli.backend import opened as opened_backends
from midfill.engine.context.files import Files
from midfill.engine.repair.known import Known
from midfill.engine.repair.repair import OnProgress, repair
from midfill.engine.repair.task import Outcome, Task
from midfill.engine.settings import Settings


async def repaired(
    task: Task,
    root: Path,
    settings: Settings,
    on_progress: OnProgress,
    opened: Mapping[str, str] = MappingProxyType({}),
) -> Outcome:
    """What `repair` finds in the workspace `root`; it says what it raises."""
    keys = {each.key_env for each in settings.remote.endpoints.values()}
    with closing(Known(root)) as known:
        async with (
            opened_backends(settings, "repair", silently=True) as backends,
            advising(settings, known) as advisers,
        ):
            return await repair(
                task,
                Files(root),
                backends,
                known=known,
                context_tokens=settings.engine.context_tokens,
                on_progress=on_progress,
                opened=opened,
                hidden=keys,
                advisers=advisers,
            )
