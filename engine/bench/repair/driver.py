"""Runs Aider: `python -I driver.py CALLS MESSAGE_FILE OPTIONS...`, with the Python that has it.

What it makes of failing tests by itself are further calls of the model, but it stops at an answer
without an edit. Then it is told of the tests again, until the calls are used up. The last line that
is printed is a JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def run(calls: int, message: str, options: list[str]) -> None:
    """Let it work on the message."""
    from aider.main import main  # type: ignore[import-not-found]

    coder = main(options, return_coder=True)
    made = 0
    while True:
        coder.max_reflections = calls - made - 1
        coder.run(with_message=message, preproc=False)
        made += coder.num_reflections + 1
        if made >= calls or not coder.test_cmd:
            break
        message = coder.commands.cmd_test(coder.test_cmd)
        if not message:
            break
    print(f"\n{json.dumps({'answers': made, 'malformed': coder.num_malformed_responses})}")


if __name__ == "__main__":
    run(int(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8"), sys.argv[3:])
