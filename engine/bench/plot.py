"""Plots of benchmarks, drawn by matplotlib, which only they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midfill.engine.bench.fim import Score
from midfill.engine.errors import MidfillError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
