"""NVIDIA's library of a driver that this machine does not have, for the real nvidia-ml-py."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Card(NamedTuple):
    """A GPU, its memory in MiB, and its compute capability."""

    name: str = "NVIDIA L4"
    memory: int = 23_034
    compute: str = "8.9"


_SOURCE = """
#include <string.h>
static struct card { const char *name; unsigned long long memory; int major, minor; } cards[] = {
    %s
};
int nvmlInitWithFlags(unsigned flags) { return %d; }
int nvmlSystemGetCudaDriverVersion(int *version) { *version = %d; return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = %d; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned number, struct card **card) {
    *card = &cards[number]; return 0;
}
int nvmlDeviceGetName(struct card *card, char *name, unsigned length) {
    strncpy(name, card->name, length); return 0;
}
int nvmlDeviceGetMemoryInfo(struct card *card, unsigned long long *total_free_used) {
    total_free_used[0] = card->memory << 20; return 0;
}
int nvmlDeviceGetCudaComputeCapability(struct card *card, int *major, int *minor) {
    *major = card->major; *minor = card->minor; return 0;
}
"""


def library(folder: Path, cuda: int, cards: Sequence[Card], error: int = 0) -> Path:
    """Compile one; `cuda` is the newest version that it knows, as 12040 for 12.4."""
    rows = [f'{{"{c.name}", {c.memory}, {c.compute.replace(".", ", ")}}},' for c in cards]
    source, made = folder / "nvml.c", folder / "libnvidia-ml.so.1"
    source.write_text(_SOURCE % ("".join(rows) or "{0}", error, cuda, len(cards)))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source], check=True)
    return made
