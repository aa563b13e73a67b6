"""Commands as a person types them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence


def shell(words: Sequence[str]) -> str:
    """One line for the system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
