"""`offline`: no connection leaves this machine, whoever in this process wants to open it."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

_SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKING_UP = ("socket.getaddrinfo", "socket.gethostbyname")
_enforced = False


def enforce() -> None:
    """From now on Python refuses every connection and look-up of a name that leaves the machine.

    It cannot be undone: Python's audit hooks cannot.
    """
    global _enforced
    if not _enforced:
        _enforced = True
        sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING:
        connection, address = arguments
        if address is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            _allow_loopback(address[0])
    elif event in _LOOKING_UP and arguments[0] is not None:
        _allow_loopback(arguments[0])


def _allow_loopback(host: str | bytes) -> None:
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if not _is_loopback(name):
        raise PermissionError(f"offline: no connection to {name} is opened")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in ("", "localhost")
