"""Variants: models of the catalogue, quantised anew on this machine for the sake of its processor.

A variant is made from the weights of its source, and can only lose by it. So it has a name of its
own: `0.5b-to-q8_0` comes from the 0.5b's four bits, the catalogue's `0.5b-q8_0` from full weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from midfill.engine.errors import UsageError
from midfill.engine.models.catalogue import Model, find

# Those that llama.cpp lays out anew for the vector units of most processors.
TYPES = ("q4_0", "q8_0")
# Where a variant's GGUF holds the SHA-256 of the file that it was made from.
SOURCE_KEY = "midfill.source.sha256"
_TO = "-to-"


@dataclass(frozen=True)
class Variant:
    """The model `source` with its weights in `type`, one of TYPES."""

    source: Model
    type: str

    @property
    def name(self) -> str:
        """The full name, which is the file's name without its ending."""
        return f"{self.source.name}{_TO}{self.type}"

    @property
    def short(self) -> str:
        """The name to type."""
        return f"{self.source.short}{_TO}{self.type}"

    @property
    def file(self) -> str:
        """The file's name, beside those of the models."""
        return f"{self.name}.gguf"

    @property
    def fetch_command(self) -> str:
        """What to run to have it."""
        return f"midfill models optimise {self.source.short} --type {self.type}"


def named(name: str) -> Model | Variant:
    """The model or the variant called `name`, in full or in short: `0.5b`, `0.5b-to-q4_0`.

    Raises:
        UsageError: there is none; lists the nearest names.
    """
    start, to, type_ = name.strip().lower().removesuffix(".gguf").rpartition(_TO)
    if not to:
        return find(name)
    source = find(start)
    if type_ not in types_for(source):
        known = " or ".join(Variant(source, known).short for known in types_for(source))
        raise UsageError(f"no model is called '{name}': did you mean {known}?")
    return Variant(source, type_)


def types_for(source: Model) -> tuple[str, ...]:
    """The types that `source` is not in already."""
    return tuple(type_ for type_ in TYPES if type_ != source.quantisation)
