"""Make variants of a model on this machine, measure them against it, and keep what is worth it.

llama.cpp has fast kernels for some quantisations and not for others, and which ones depends on the
processor. The 0.5B's Q4_K_M is mostly Q5_0, since its width of 896 is no multiple of 256, and Q5_0
has no such kernels. So nothing is presumed here: the variants are made, and measured.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import filelock
import msgspec
import psutil
from rich.filesize import decimal

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models import gguf, store
from midfill.engine.models.catalogue import Model
from midfill.engine.models.figures import Figures, Job, Progress, Result
from midfill.engine.models.hardware import cores
from midfill.engine.models.sources import require_space
from midfill.engine.models.store import Store
from midfill.engine.models.variant import SOURCE_KEY, Variant, types_for
from midfill.engine.runtime import process
from midfill.engine.settings import Settings

# Less is not felt, and not worth any quality.
LEAST_GAIN = 1.15
LEAST_AGREEMENT = 0.85
# No variant is larger than its source by more than this factor: Q8_0 has 8.5 bits, Q4_K_M 4.5.
_LARGEST = {"q4_0": 1.0, "q8_0": 1.9}

Report = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is going on."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A model that was measured: the original, or a variant of it."""

    name: str
    short: str
    bytes: int
    figures: Figures


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `kept` is the short name of the variant that was kept, at `path`."""

    source_sha256: str
    threads: int
    original: Candidate
    variants: list[Candidate]
    kept: str | None
    path: str | None
    explanation: str


def optimise(
    model: Model,
    settings: Settings,
    *,
    only: str | None = None,
    report: Report = lambda done, total, what: None,
) -> Outcome:
    """Make and measure the variants of `model`, and keep the best one if it is worth it.

    Whatever happens, nothing else is left behind, and the model itself is not touched.

    Args:
        only: the one type to make; it is kept whatever the measurement says.

    Raises:
        UsageError: the model is in that type already.
        NotEnoughDisk: the variants do not fit.
        MidfillError: the model is not on this machine, memory is short, or llama.cpp failed.
    """
    here = Store(settings.models_dir)
    if not here.has(model):
        raise MidfillError(f"{model.name} is not on this machine: run `{model.fetch_command}`")
    if only is not None and only not in types_for(model):
        raise UsageError(f"{model.name} is in {only} already")
    variants = [Variant(model, type_) for type_ in ([only] if only else types_for(model))]
    _require_room(here, here.path(model), variants)
    try:
        with ExitStack() as stack:
            for variant in variants:
                _claim(stack, here, variant)
            return _optimised(here, model, variants, settings, only is not None, report)
    except OSError as error:
        raise MidfillError(
            f"{error.filename or here.folder}: {error.strerror}. Nothing was changed"
        ) from error


def choose(
    variants: Sequence[Candidate], *, asked_for: bool = False
) -> tuple[Candidate | None, str]:
    """The variant to keep, or None, and why. One that was `asked_for` is kept in any case."""
    worth_it = [
        one
        for one in variants
        if one.figures.gain >= LEAST_GAIN and one.figures.agreement >= LEAST_AGREEMENT
    ]
    if worth_it:
        best = max(worth_it, key=lambda one: one.figures.gain)
        return best, f"{best.short} is {best.figures.gain:.2f} times as fast here"
    why_not = (
        f"no variant is {LEAST_GAIN} times as fast here and agrees with the original at "
        f"{LEAST_AGREEMENT:.0%} of the tokens"
    )
    if asked_for:
        return variants[0], f"{variants[0].short} was asked for, though {why_not}"
    return None, f"{why_not}: the original is the best choice"


def _optimised(
    here: Store,
    model: Model,
    variants: Sequence[Variant],
    settings: Settings,
    asked_for: bool,
    report: Report,
) -> Outcome:
    original = here.path(model)
    digest = store.sha256(original, lambda done, total: report(done, total, "checking"))
    files = [_make(here, original, digest, variant, report) for variant in variants]
    figures = _compare([original, *files], settings, report)
    models: list[Model | Variant] = [model, *variants]
    first, *others = [
        Candidate(name=one.name, short=one.short, bytes=file.stat().st_size, figures=of_it)
        for one, file, of_it in zip(models, [original, *files], figures, strict=True)
    ]
    best, explanation = choose(others, asked_for=asked_for)
    path = None
    for candidate, variant, file in zip(others, variants, files, strict=True):
        if candidate is best:
            here.keep(variant, file)
            path = str(here.path(variant))
    return Outcome(
        source_sha256=digest,
        threads=_threads(settings),
        original=first,
        variants=others,
        kept=best.short if best else None,
        path=path,
        explanation=explanation,
    )


def _require_room(here: Store, original: Path, variants: Sequence[Variant]) -> None:
    """Make sure that the variants fit on the disk, and all models together in memory."""
    size = original.stat().st_size
    more = sum(int(size * _LARGEST[variant.type]) for variant in variants)
    require_space(here.folder, more)
    free = psutil.virtual_memory().available
    if size + more > free:
        raise MidfillError(
            f"not enough memory to compare the models: {decimal(size + more)} needed, "
            f"{decimal(free)} free. Close something"
            + (", or measure a single variant with --type q4_0" if len(variants) > 1 else "")
        )


def _claim(stack: ExitStack, here: Store, variant: Variant) -> None:
    """Lock the variant, and give it an empty folder that goes away at the end."""
    lock = here.lock(variant)
    try:
        stack.enter_context(lock.acquire(timeout=0))
    except filelock.Timeout:
        raise MidfillError(f"{variant.name} is being written by another process") from None
    folder = here.partial(variant)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    folder.mkdir()


def _make(here: Store, original: Path, digest: str, variant: Variant, report: Report) -> Path:
    """Quantise the original into the variant's folder."""
    target = here.partial(variant) / variant.file

    def on_line(line: str) -> None:
        done, total = map(int, line.split())
        report(done, total, f"making {variant.type}")

    arguments = (str(original.resolve()), str(target), variant.type, digest)
    _run("quantise", arguments, on_line, f"cannot make {variant.name}")
    if gguf.text(target, SOURCE_KEY) != digest:
        raise MidfillError(f"llama.cpp wrote a {variant.file} that does not name its source")
    return target


def _compare(files: Sequence[Path], settings: Settings, report: Report) -> list[Figures]:
    config = process.engine_config(files[0], settings)
    job = Job(
        paths=[str(file.resolve()) for file in files],
        threads=_threads(settings),
        gpu_layers=config.gpu_layers,
        repack=config.repack,
    )
    figures: list[Figures] = []

    def on_line(line: str) -> None:
        told = msgspec.json.decode(line, type=Progress | Result)
        if isinstance(told, Result):
            figures.extend(told.figures)
        else:
            report(told.done, told.total, "measuring")

    _run("compare", (msgspec.json.encode(job).decode(),), on_line, "cannot measure the models")
    return figures


def _threads(settings: Settings) -> int:
    return settings.engine.threads or cores()


def _run(
    module: str, arguments: Sequence[str], on_line: Callable[[str], None], failure: str
) -> None:
    """Run a module beside this one in a process of its own, which ends when this one gives up."""
    # -P, or a file in the folder where the person is could take the place of a module.
    command = [sys.executable, "-P", "-m", f"midfill.engine.models.{module}", *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=process.environment(),
            text=True,
        ) as child:
            assert child.stdout is not None
            try:
                for line in child.stdout:
                    on_line(line)
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            errors.seek(0)
            said = [line.strip() for line in errors if line.strip()]
            raise MidfillError(f"{failure}: {_why(child.returncode, said)}. Nothing was changed")


def _why(status: int, said: list[str]) -> str:
    if status < 0:
        return f"llama.cpp was ended by {signal.Signals(-status).name}"
    return said[-1].rstrip(".") if said else f"llama.cpp ended with status {status}"
