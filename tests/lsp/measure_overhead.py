"""What the server itself costs: a change and a completion over stdio, with no model behind it.

    python tests/lsp/measure_overhead.py [LINES ...]

Prints p50 and p95 in milliseconds of a one-character didChange followed by an inlineCompletion that
is answered at once, and of the change alone inside the server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from midfill.lsp.document import Document, Position

URI = "file:///w/app.py"
ROUNDS = 300

# The server as it is, but with a pipeline that answers at once.
SERVER = """
import asyncio, sys
from midfill.engine.completion.pipeline import Completion
from midfill.lsp import engine, stdio
from midfill.lsp.server import serve

async def complete(self, request):
    return Completion(text="answer", reason=None)

engine.Supervisor.complete = complete
sys.exit(asyncio.run(serve(*stdio.take())))
"""


def main() -> None:
    for lines in map(int, sys.argv[1:] or ["1000", "10000", "50000"]):
        text = "".join(f"    value_{i} = compute(thing, {i})  # a comment\n" for i in range(lines))
        line = lines // 2
        document = Document(URI, text)
        apply = sample(partial(type_at, document, line))
        print(f"{lines:6} lines, {len(text) / 2**20:.1f} MiB: apply {apply}, ", end="", flush=True)
        with subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            print("round trip", over_the_wire(process, text, line))


def type_at(document: Document, line: int, number: int) -> None:
    place = Position(line, 4 + number)
    document.edit(place, place, "x")


def over_the_wire(process: Any, text: str, line: int) -> str:
    def send(message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        process.stdin.flush()

    def answer(request_id: object) -> Any:
        while True:
            length = int(process.stdout.readline().split(b":")[1])
            while process.stdout.readline().strip():
                pass
            message = json.loads(process.stdout.read(length))
            if message.get("id") == request_id and "method" not in message:
                return message

    def change_and_complete(number: int) -> None:
        place = {"line": line, "character": 4 + number}
        change = {"range": {"start": place, "end": place}, "text": "x"}
        document = {"uri": URI, "version": 2 + number}
        edit = {"textDocument": document, "contentChanges": [change]}
        send({"method": "textDocument/didChange", "params": edit})
        cursor = {"textDocument": document, "position": place, "context": {"triggerKind": 2}}
        send({"id": number, "method": "textDocument/inlineCompletion", "params": cursor})
        assert answer(number)["result"]["items"]

    hello: dict[str, Any] = {"processId": None, "rootUri": "file:///w", "capabilities": {}}
    send({"id": "initialize", "method": "initialize", "params": hello})
    answer("initialize")
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
    figures = sample(change_and_complete)
    send({"id": "shutdown", "method": "shutdown"})
    send({"method": "exit"})
    return figures


def sample(work: Callable[[int], object]) -> str:
    times = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        work(number)
        times.append(1000 * (time.perf_counter() - began))
    times.sort()
    return f"p50 {times[ROUNDS // 2]:.3f} p95 {times[ROUNDS * 95 // 100]:.3f} ms"


if __name__ == "__main__":
    main()
