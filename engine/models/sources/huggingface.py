"""The official repositories on Hugging Face, or on a mirror named by HF_ENDPOINT.

`huggingface_hub` knows the address, the token and the cache. The download itself is ours, because
from 2.0 on `hf_hub_download` starts again from nothing after an interruption.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from midfill.engine.models.sources import Job, SourceError
from midfill.engine.models.sources.download import download
from midfill.engine.models.sources.file import adopt


@dataclass(frozen=True)
class HuggingFace:
    """Hugging Face's hub. A file in its cache is linked, not fetched."""

    name: str = "huggingface"

    def fetch(self, job: Job) -> Path:
        """Link from the cache, or download."""
        # A quarter of a second to import, and only `pull` needs it.
        from huggingface_hub import constants, get_token, hf_hub_url, try_to_load_from_cache

        model = job.model
        cached = try_to_load_from_cache(model.repository, model.file)
        if isinstance(cached, str):
            return adopt(Path(cached), job)
        if constants.HF_HUB_OFFLINE:
            raise SourceError("HF_HUB_OFFLINE is set")
        token = get_token()
        headers = {
            "User-Agent": "midfill",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        return download(hf_hub_url(model.repository, model.file), headers, job)
