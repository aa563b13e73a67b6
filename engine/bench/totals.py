"""What an engine has done since it started, as it counts that itself."""

from __future__ import annotations

import httpx
import msgspec

from midfill.engine.errors import MidfillError

# A kept connection may have timed out while the engine was suspended.
_CLOSE = {"Connection": "close"}
_EVALUATED = "midfill_tokens_evaluated_total{"
_REQUESTS = "midfill_requests_total{"


class Totals(msgspec.Struct, frozen=True):
    """Requests that have ended, and tokens. `evaluated` is by priority: interactive, warm_up, …"""

    requests: int
    evaluated: dict[str, int]
    reused: int
    generated: int
    decode_s: float


async def totals(client: httpx.AsyncClient) -> Totals:
    """Ask the engine.

    Raises:
        MidfillError: it does not answer.
    """
    try:
        answer = await client.get("/metrics", headers=_CLOSE)
    except httpx.TransportError as error:
        raise MidfillError(f"the engine does not answer any more: {error}") from error
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if line[:1] != "#")
    found = {name: float(value) for name, _, value in lines}
    return Totals(
        requests=int(sum(n for name, n in found.items() if name.startswith(_REQUESTS))),
        evaluated={
            name.split('"')[1]: int(n) for name, n in found.items() if name.startswith(_EVALUATED)
        },
        reused=int(found["midfill_prompt_tokens_reused_total"]),
        generated=int(found["midfill_tokens_generated_total"]),
        decode_s=found["midfill_decode_seconds_total"],
    )
