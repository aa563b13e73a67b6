"""The official repositories on ModelScope.

The address is that of its own client (`get_file_download_url`), and so are the variables that name
another host: MODELSCOPE_ENDPOINT, a URL, or MODELSCOPE_DOMAIN, a host.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from midfill.engine.models.sources import Job
from midfill.engine.models.sources.download import download


@dataclass(frozen=True)
class ModelScope:
    """ModelScope's hub."""

    name: str = "modelscope"

    def fetch(self, job: Job) -> Path:
        """Download."""
        repository = f"{_endpoint()}/api/v1/models/{job.model.repository}/repo"
        url = f"{repository}?Revision=master&FilePath={job.model.file}"
        return download(url, {"User-Agent": "midfill"}, job)


def _endpoint() -> str:
    domain = os.environ.get("MODELSCOPE_DOMAIN") or "www.modelscope.cn"
    return os.environ.get("MODELSCOPE_ENDPOINT", "").rstrip("/") or f"https://{domain}"
