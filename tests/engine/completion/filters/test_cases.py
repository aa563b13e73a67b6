"""Each filter on suggestions of the real model, and on code that it must leave alone.

A case is a file `cases/<filter>/<name>.<extension of the language>.txt`:

    Why the case is here.
    reason: the name of the Reason, if the suggestion is dropped
    known bad: what is wrong, if the filter does not do what the case expects
    line ends: crlf or cr, for the document and what is expected; the suggestion keeps its own
    ---
    the text around the cursor, with the ⟦suggestion┊ and what is cut from it⟧
    --- if the filter changes the text: what becomes of it
    the text around the cursor, with the ⟦suggestion as it is then⟧

Without `┊` all of the suggestion is kept. Those in `cases/apply` go through all filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from midfill.engine.completion import filters
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason
from midfill.grammars.registry import language_for

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(FOLDER.glob("*/*"))
FILTERS = {each.__name__: each for each in filters.FILTERS}


@dataclass(frozen=True)
class Case:
    """One case file."""

    suggestion: str
    cursor: Cursor
    expected: str | Reason
    known_bad: str


def _read(file: Path) -> Case:
    head, text, *changed = file.read_text("utf-8").split("\n---\n")
    settings = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    before, marked, after = _marked(text)
    expected: str | Reason = marked.partition("┊")[0]
    end = {"crlf": "\r\n", "cr": "\r"}.get(settings.get("line ends", ""), "\n")
    before, after, expected = (each.replace("\n", end) for each in (before, after, expected))
    if "reason" in settings:
        expected = Reason[settings["reason"]]
    elif changed:
        expected = _marked(changed[0])[1]
    return Case(
        suggestion=marked.replace("┊", ""),
        cursor=Cursor(before, after, language_for(file.stem)),
        expected=expected,
        known_bad=settings.get("known bad", ""),
    )


def _marked(text: str) -> tuple[str, str, str]:
    before, _, rest = text.partition("⟦")
    marked, _, after = rest.partition("⟧")
    return before, marked, after


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_case(file: Path, request: pytest.FixtureRequest) -> None:
    case = _read(file)
    if case.known_bad:
        request.applymarker(pytest.mark.xfail(reason=case.known_bad, strict=True))
    run = filters.apply if file.parent.name == "apply" else FILTERS[file.parent.name]
    assert run(case.suggestion, case.cursor) == case.expected


def test_every_filter_has_cases() -> None:
    assert {file.parent.name for file in FILES} == FILTERS.keys() | {"apply"}
