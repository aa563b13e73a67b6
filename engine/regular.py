"""Reading what others have put there, perhaps to do harm: a pipe is silent, a device never ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

# Neither exists everywhere.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def opened(file: Path) -> BinaryIO:
    """The file, opened to be read.

    Raises:
        OSError: it cannot be, or is no regular file.
    """
    descriptor = os.open(file, _READING)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(file))
    return os.fdopen(descriptor, "rb")


def read(file: Path, largest: int) -> bytes:
    """What is in the file.

    Raises:
        OSError: as `opened`; or it has more than `largest` bytes.
    """
    with opened(file) as stream:
        data = stream.read(largest + 1)
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"larger than {largest} bytes", str(file))
    return data
