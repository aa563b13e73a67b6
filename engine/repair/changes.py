"""Which lines were changed since the last commit, if git keeps the workspace."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

# Nothing that a repository may name is run.
_DIFF = (
    *("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks"),
    *("diff", "HEAD", "--unified=0", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--relative", "--dst-prefix=b/", "--src-prefix=a/", "--diff-filter=AM", "--", "."),
)
_SECONDS = 5.0
_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


def changed_lines(root: Path) -> dict[str, list[range]]:
    """By the path of each file its changed lines, 1-based; nothing where git cannot tell."""
    try:
        done = subprocess.run(_DIFF, cwd=root, capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parsed(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else {}


def parsed(diff: str) -> dict[str, list[range]]:
    """The same of a unified diff. Where lines were only removed, the one before counts."""
    found: dict[str, list[range]] = {}
    path = ""
    for line in diff.split("\n"):
        if line.startswith("+++ b/"):
            path = line[len("+++ b/") :].rstrip("\t")
        elif (hunk := _HUNK.match(line)) is not None and path:
            start, count = int(hunk["start"]), int(hunk["count"] or 1)
            found.setdefault(path, []).append(range(start, start + max(count, 1)))
    return found
