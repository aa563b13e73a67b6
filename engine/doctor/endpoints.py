"""The servers with larger models that the person has set."""

from __future__ import annotations

from collections.abc import AsyncIterator

from midfill.engine.check import Check
from midfill.engine.doctor.shell import shell
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.examine import examine
from midfill.engine.settings import Settings


async def endpoints(settings: Settings) -> AsyncIterator[Check]:
    """For each server what is wrong with it, as `midfill remote test` finds, or that nothing is."""
    for name, endpoint in settings.remote.endpoints.items():
        title = f"remote {name}"
        if settings.offline:
            yield Check(title, "ok", "not tried: offline")
            continue
        model = RemoteModel(name, endpoint, settings.remote)
        try:
            checks = [check async for check in examine(model, settings)]
        finally:
            await model.aclose()
        wrong = [check for check in checks if check.status != "ok"]
        for check in wrong:
            fix = f"{check.fix}; to do without it: midfill remote remove {shell([name])}"
            yield Check(title, check.status, f"{check.name}: {check.detail}", fix.lstrip("; "))
        if not wrong:
            yield Check(title, "ok", checks[-1].detail)
