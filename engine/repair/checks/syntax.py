"""No syntax error that was not there before."""

from __future__ import annotations

from collections.abc import Mapping

from midfill.engine.repair import lines
from midfill.engine.repair.checks.check import Check, Kind
from midfill.engine.repair.failures.failure import Failure, Frame
from midfill.grammars.faults import new_errors
from midfill.grammars.registry import language_for
from midfill.grammars.tree import Fault, NotParsed, parse


def check(before: Mapping[str, str], after: Mapping[str, str]) -> Check:
    """Compare the texts of files by their paths. What no parser can tell of passes."""
    failures = tuple(
        _failure(path, text, fault)
        for path, text in after.items()
        for fault in _faults(path, before.get(path, ""), text)
    )
    said = "".join(f"{each.path}:{each.line}:{each.column}: {each.message}\n" for each in failures)
    return Check(kind=Kind.SYNTAX, passed=not failures, output=said, failures=failures)


def _faults(path: str, before: str, after: str) -> list[Fault]:
    language = language_for(path, first_line=after)
    if language is None or not language.reports_errors:
        return []
    try:
        old = parse(language, before)
        return new_errors(old, parse(language, after, old))
    except NotParsed:
        return []


def _failure(path: str, text: str, fault: Fault) -> Failure:
    line = lines.number_at(text, fault.start)
    column = fault.start - lines.offsets(text)[line - 1] + 1
    message = "syntax error" if fault.kind == "error" else f"syntax error: {fault.kind}"
    return Failure(message=message, frames=(Frame(path, line, column),), code="syntax")
