"""One file over HTTP, resumed by byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from midfill.engine.models.sources import Job, SourceError, require_space

# An unreachable hub must cost seconds: the next source may be a better one.
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_PAUSE_S = 0.5


def download(url: str, headers: Mapping[str, str], job: Job) -> Path:
    """Fetch `url` into the job's folder. A broken connection is taken up again while that helps.

    Raises:
        SourceError: the server cannot be reached, refuses, or offers a file of the wrong size.
        NotEnoughDisk: the rest does not fit.
    """
    part = job.folder / f"{job.model.file}.part"
    part.touch()
    with httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=True) as client:
        while not _is_whole(part, job):
            before = part.stat().st_size
            try:
                _fetch_rest(client, url, part, job)
                break
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if part.stat().st_size <= before:
                    raise SourceError(_reason(error, url)) from error
                time.sleep(_PAUSE_S)
    return part


def _is_whole(part: Path, job: Job) -> bool:
    return job.model.exact and part.stat().st_size == job.model.bytes


def _fetch_rest(client: httpx.Client, url: str, part: Path, job: Job) -> None:
    have = part.stat().st_size
    with client.stream("GET", url, headers=_range(part, have)) as response:
        match response.status_code:
            case httpx.codes.OK:  # from the beginning, whatever was asked for
                have, total = 0, int(response.headers.get("Content-Length", 0))
                _remember_version(part, response)
            case httpx.codes.PARTIAL_CONTENT if _range_start(response) == have:
                total = _range_size(response)
            case httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE if _range_size(response) == have:
                return  # nothing was missing
            case httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE if have:
                part.write_bytes(b"")  # longer than the file is now: not a part of it
                _fetch_rest(client, url, part, job)
                return
            case status:
                raise SourceError(f"{response.url.host} answered {status}")
        if job.model.exact and total not in (0, job.model.bytes):
            raise SourceError(f"offers a file of {total:,} bytes instead of {job.model.bytes:,}")
        total = total or job.model.bytes
        require_space(job.folder, total - have)
        with part.open("ab") as file:
            file.truncate(have)
            job.report(have, total)
            for chunk in response.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                job.report(have, total)


def _range(part: Path, have: int) -> dict[str, str]:
    """Ask for the rest, or for the whole if the file is no longer the one we have a part of."""
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if _version_file(part).exists():
            headers["If-Range"] = _version_file(part).read_text()
    return headers


def _remember_version(part: Path, response: httpx.Response) -> None:
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):  # a weak one must not be sent in If-Range
        _version_file(part).write_text(tag)
    else:
        _version_file(part).unlink(missing_ok=True)


def _version_file(part: Path) -> Path:
    return part.with_suffix(".etag")


def _range_start(response: httpx.Response) -> int:
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(start[1]) if start else 0


def _range_size(response: httpx.Response) -> int:
    size = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    return int(size[1]) if size else 0


def _reason(error: Exception, url: str) -> str:
    host = url.split("://")[-1].split("/")[0]
    if isinstance(error, httpx.ConnectTimeout):
        return f"{host} does not answer"
    if isinstance(error, httpx.ConnectError):
        return f"cannot reach {host} ({_innermost(error)})"
    return f"the connection to {host} broke ({_innermost(error)})"


def _innermost(error: BaseException) -> str:
    """The system's own words: "Name or service not known" says more than "ConnectError"."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
