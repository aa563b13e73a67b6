"""Plots of benchmarks, drawn by matplotlib, which only they need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midfill.engine.bench.fim import Score
from midfill.engine.errors import MidfillError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from midfill.engine.bench.hardware import Speed

Share = tuple[float | None, tuple[float, float]]  # from 0 to 1, and its interval

_SHORTEST_MS = 1.0  # A suggestion that was there already has no place on a logarithmic axis.


def check(file: Path) -> None:
    """Say before the work whether `file` can be drawn.

    Raises:
        MidfillError: matplotlib is missing.
        UsageError: it knows no such format.
    """
    formats = _figure().canvas.get_supported_filetypes()
    if file.suffix.lstrip(".").lower() not in formats:
        raise UsageError(f"cannot draw {file}: its name must end in one of {', '.join(formats)}")


def scores(file: Path, columns: Mapping[str, Score]) -> None:
    """Bars of exact match and pass@1, with their 95 % intervals."""
    bars(
        file,
        list(columns),
        {
            "exact match": [(s.exact_match, s.exact_match_interval) for s in columns.values()],
            "pass@1": [(s.pass_at_1, s.pass_at_1_interval) for s in columns.values()],
        },
    )


def bars(file: Path, places: Sequence[str], shares: Mapping[str, Sequence[Share]]) -> None:
    """A bar for each of `shares` at each of `places`, with its 95 % interval."""
    figure = _figure()
    axes = figure.add_subplot()
    width = 0.8 / len(shares)
    for number, (label, values) in enumerate(shares.items()):
        at = [index + number * width for index in range(len(places))]
        heights = [value or 0.0 for value, _ in values]
        below = [height - low for height, (_, (low, _)) in zip(heights, values, strict=True)]
        above = [high - height for height, (_, (_, high)) in zip(heights, values, strict=True)]
        axes.bar(at, heights, width, yerr=[below, above], capsize=3, label=label)
    axes.set_xticks([index + (0.8 - width) / 2 for index in range(len(places))], list(places))
    axes.set_ylim(0, 1)
    axes.legend()
    _save(figure, file)


def waits(file: Path, systems: Mapping[str, Sequence[float]]) -> None:
    """For each system the share of keys that have a suggestion after so many milliseconds."""
    figure = _figure()
    axes = figure.add_subplot()
    for name, values in systems.items():
        if values:
            axes.ecdf([max(value, _SHORTEST_MS) for value in values], label=name)
    axes.set_xscale("log")
    axes.set_xlabel("ms from a key to the next suggestion")
    axes.set_ylabel("share of keys")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, file)


def speeds(file: Path, measured: Sequence[Speed]) -> None:
    """Tokens a second by batch and by texts at once, a line for each context, dashed the peer's."""
    figure = _figure()
    kinds = {"prefill": ("tokens in a batch", "batch"), "decode": ("texts at once", "streams")}
    for place, (kind, (label, across)) in enumerate(kinds.items(), start=1):
        axes = figure.add_subplot(1, 2, place)
        rows = [each for each in measured if each.kind == kind]
        for context in dict.fromkeys(each.context for each in rows):
            line = [each for each in rows if each.context == context]
            at = [getattr(each, across) for each in line]
            name = f"behind {context} tokens"
            [drawn] = axes.plot(at, [each.speed for each in line], "o-", label=name)
            if any(each.peer for each in line):
                peer = [each.peer or math.nan for each in line]
                axes.plot(at, peer, "x--", color=drawn.get_color(), label=f"llama-bench, {name}")
        axes.set_title(kind)
        axes.set_xlabel(label)
        axes.set_ylabel("tokens/s")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend()
    _save(figure, file)


def _figure() -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MidfillError(
            "--plot needs matplotlib: pip install 'midfill[bench]', or leave out --plot"
        ) from error
    return Figure(figsize=(8, 4.5), layout="constrained")


def _save(figure: Figure, file: Path) -> None:
    try:
        figure.savefig(file, dpi=150)
    except OSError as error:
        raise MidfillError(f"cannot write {file}: {error}") from error
