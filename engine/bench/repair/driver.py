"""Runs Aider: `python -I driver.py CALLS FOLDER OPTIONS...`, with the Python that has it.

What it makes of failing tests by itself are further calls of the model, but it stops at an answer
without an edit. Then it is told of the tests again, until the calls are used up, or until the model
says the same twice in a row: it is told the same again then, and does not leave the circle. The
folder holds what it is told, `message.txt`; how it went will be in `attempt.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def run(calls: int, folder: Path, options: list[str]) -> None:
    """Let it work on the message."""
    from aider.main import main  # type: ignore[import-not-found]

    coder = main(options, return_coder=True)
    answers = watched(coder)
    message, made, reason = (folder / "message.txt").read_text("utf-8"), 0, ""
    while message and made < calls and not reason:
        coder.max_reflections = calls - made - 1
        try:
            coder.run(with_message=message, preproc=False)
        except Exception as error:  # over an answer of the model, which is its fault
            reason = f"aider crashed: {type(error).__name__}"
        made += coder.num_reflections + 1
        if not reason and in_circles(answers):
            reason = "the model says the same again"
        message = coder.commands.cmd_test(coder.test_cmd)
    attempt = {
        "answers": made,
        "malformed": coder.num_malformed_responses,
        "first": made == 1,
        "reason": reason,
    }
    (folder / "attempt.json").write_text(json.dumps(attempt))


def watched(coder: Any) -> list[str]:
    """The answers of the model from now on. One that says the same again is the last."""
    answers: list[str] = []
    take = coder.add_assistant_reply_to_cur_messages

    def taken() -> None:
        answers.append(coder.partial_response_content)
        if in_circles(answers):
            coder.max_reflections = 0
        take()

    coder.add_assistant_reply_to_cur_messages = taken
    return answers


def in_circles(answers: list[str]) -> bool:
    """Whether the last answer is the one before it."""
    return len(answers) > 1 and answers[-1] == answers[-2]


if __name__ == "__main__":
    run(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
