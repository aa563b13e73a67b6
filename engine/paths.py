"""Where Midfill keeps its files: configuration, cache, models, logs, sockets."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

import platformdirs

from midfill.engine.errors import MidfillError

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final NUL included.
_SOCKET_PATH_LIMIT = 103


def config_file() -> Path:
    """The person's own settings, `~/.config/midfill/config.toml` on Linux."""
    return _home("MIDFILL_CONFIG_HOME", platformdirs.user_config_path("midfill")) / "config.toml"


def cache_dir() -> Path:
    """Everything that can be made again: models, indexes, calibrations."""
    return _home("MIDFILL_CACHE_HOME", platformdirs.user_cache_path("midfill"))


def models_dir() -> Path:
    """Model files, unless the setting `models.dir` names another folder."""
    return cache_dir() / "models"


def state_dir() -> Path:
    """Logs, statistics, and what repairs have changed."""
    return _home("MIDFILL_STATE_HOME", platformdirs.user_state_path("midfill"))


def log_dir() -> Path:
    """Log files of the engine process."""
    return private_dir(state_dir() / "log")


def undo_dir() -> Path:
    """What repairs have changed, so that it can be undone; also after a crash."""
    return private_dir(state_dir() / "undo")


def statistics_file() -> Path:
    """Counts of suggestions, see `midfill.engine.statistics`."""
    return state_dir() / "statistics.db"


def runtime_dir() -> Path:
    """The folder of sockets, locks and tokens: mode 0700 and owned by this user.

    Raises:
        MidfillError: it cannot be made, or another user owns it.
    """
    chosen = os.environ.get("MIDFILL_RUNTIME_DIR")
    if chosen:
        return private_dir(Path(chosen))
    session = os.environ.get("XDG_RUNTIME_DIR")
    return private_dir(Path(session) / "midfill" if session else _temporary())


def socket_path(name: str) -> Path:
    """A path for the Unix socket called `name`, short enough for every system."""
    path = runtime_dir() / f"{name}.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return private_dir(_temporary()) / f"{digest}.sock"


def private_dir(path: Path) -> Path:
    """Make `path` a folder that only its owner can enter, and return it.

    Raises:
        MidfillError: it cannot be made, or belongs to another user.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        # Where all may write, a link may be somebody else's, and lead wherever they want.
        if os.name == "posix" and {found.st_uid, path.lstat().st_uid} != {os.getuid()}:
            raise MidfillError(f"{path} belongs to another user; set MIDFILL_RUNTIME_DIR")
        if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise MidfillError(f"the folder {path} cannot be used: {error.strerror}") from error
    return path


def _home(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser()


def _temporary() -> Path:
    user = str(os.getuid()) if os.name == "posix" else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"midfill-{user}"
