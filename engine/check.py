"""The answer to one question about an installation or a server."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["ok", "warning", "error"]


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at; `fix` says what to do, and is empty where all is well."""

    name: str
    status: Status
    detail: str
    fix: str = ""
