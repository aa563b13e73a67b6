"""The ways in which most other tools name a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from midfill.engine.repair.failures.failure import Failure, Frame, Severity

# A folder or an extension tells a path from other words; a time or an address has neither.
_FILE = r"(?P<path>(?:[A-Za-z]:[\\/])?[^\s:()\"'<>|*?]*?[^\s:()\"'<>|*?]\.[A-Za-z]\w*)"
_MESSAGE = (
    r"(?:(?P<severity>fatal error|error|warning|note|info|hint|[EWCFRIN])\b(?:\[\w+\])?:? +)?"
    r"(?P<message>\S.*)$"
)
_PLACE = r"(?P<line>\d+)(?:[:.](?P<column>\d+))?"
_BARE = rf"(?P<severity>){_FILE}"
_FORMS = [
    # file:line:column: message
    re.compile(rf"\s*(?:\w+:? )?{_FILE}:{_PLACE}(?:-\d+)?(?::| ) *(?:- )?{_MESSAGE}"),
    # file:[line,column] message
    re.compile(rf"\s*(?:\[\w+\] )?{_FILE}:\[(?P<line>\d+),(?P<column>\d+)\] +{_MESSAGE}"),
    # file(line,column): message
    re.compile(rf"\s*{_FILE}\((?P<line>\d+)(?:,(?P<column>\d+))?(?:,\d+,\d+)?\) ?: +{_MESSAGE}"),
    # file: line 3: message
    re.compile(
        rf"\s*{_FILE}: line (?P<line>\d+)(?:, col(?:umn)? (?P<column>\d+))?[:,] +{_MESSAGE}"
    ),
    # message at file line 3, message in file on line 3
    re.compile(rf"(?P<message>\S.*?) (?:at|in) {_BARE}:?(?: on)? line (?P<line>\d+)\b(?P<column>)"),
    # a place alone: at file:line:column
    re.compile(rf"\s*(?P<message>)(?:at |from |-->|in )\s*{_BARE}:{_PLACE}\b"),
]
_CODE = re.compile(r" [\[(](?P<code>[\w@][\w/@.-]*)[\])]$|^(?P<first>[A-Z]{1,4}\d{2,5}):? ")
_SEVERITIES = {
    "warning": Severity.WARNING,
    "W": Severity.WARNING,
    "note": Severity.NOTE,
    "info": Severity.NOTE,
    "hint": Severity.NOTE,
    "I": Severity.NOTE,
    "N": Severity.NOTE,
}


def read(lines: Sequence[str]) -> Iterator[Failure]:
    """Every line that names a place."""
    for at, line in enumerate(lines):
        if "://" in line.replace("file://", ""):
            continue
        found = next((each for form in _FORMS if (each := form.match(line))), None)
        if found is None:
            continue
        code = _CODE.search(found["message"])
        yield Failure(
            message=found["message"],
            frames=(
                Frame(
                    found["path"],
                    int(found["line"]),
                    int(found["column"]) if found["column"] else None,
                ),
            ),
            severity=_SEVERITIES.get(found["severity"] or "", Severity.ERROR),
            code=(code["code"] or code["first"]) if code else "",
            lines=(at, at + 1),
        )
