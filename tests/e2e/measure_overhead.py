"""What a completion costs outside llama.cpp, over LSP in a long document, with the real model.

    python tests/e2e/measure_overhead.py [LINES]

Types into the middle of a document and asks at every key for one token, so that each request is
evaluated and none comes from a cache. Prints p50 and p95 in milliseconds of what the server tells
of its stages outside llama.cpp: `lsp` (reading and answering the message), `filters`, `other` (the
rest of the pipeline), `transport` (HTTP, and from one process to another) and `queue`.
"""

from __future__ import annotations

import asyncio
import os
import sys

from lsprotocol import types
from tests.e2e.test_completion import URI, Editor, _editor

STAGES = ("lsp", "filters", "other", "transport", "queue")
TYPED = "def total(prices, quantities):\n    result = 0\n    for price in prices:\n        result +"


async def main(lines: int) -> None:
    """Type, ask, and print."""
    environment = {
        **os.environ,
        "MIDFILL_COMPLETION_MAX_TOKENS": "1",
        "MIDFILL_COMPLETION_PROMPT_MS": "0",
    }
    rows: list[dict[str, float]] = []
    async for editor in _editor(environment):
        above = "".join(f"value_{i} = compute({i})\n" for i in range(lines // 2))
        below = "".join(f"other_{i} = compute({i})\n" for i in range(lines // 2))
        editor.open(above + "\n" + below)
        await editor.ready()
        editor.line, editor.column = lines // 2, 0
        for character in TYPED:
            editor.type(character)
            await _ask(editor)
            status = await editor.client.protocol.send_request_async("midfill/status", {})
            if status.source == "model" and status.tokens_evaluated:
                rows.append(status.ms._asdict())
    rows = rows[1:]
    for stage in STAGES:
        _print(stage, [row.get(stage, 0.0) for row in rows])
    _print("outside", [sum(row.get(stage, 0.0) for stage in STAGES) for row in rows])
    print(f"{len(rows)} completions, {lines} lines")


def _print(stage: str, values: list[float]) -> None:
    values = sorted(values)
    p50, p95 = (values[int(len(values) * part)] for part in (0.5, 0.95))
    print(f"{stage:10} p50 {p50:7.2f}  p95 {p95:7.2f}")


async def _ask(editor: Editor) -> None:
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
        types.TextDocumentIdentifier(URI),
        types.Position(editor.line, editor.column),
    )
    await editor.client.text_document_inline_completion_async(params)


asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 10_000))
