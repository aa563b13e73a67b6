"""Plots of benchmarks, drawn by matplotlib, which only they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midfill.engine.bench.fim import Score
from midfill.engine.errors import MidfillError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    figure = _figure()
    axes = figure.add_subplot()
    shares = {
        "exact match": [(s.exact_match or 0, s.exact_match_interval) for s in columns.values()],
        "pass@1": [(s.pass_at_1 or 0, s.pass_at_1_interval) for s in columns.values()],
    }
    width = 0.8 / len(shares)
    for offset, (label, values) in enumerate(shares.items()):
        places = [index + offset * width for index in range(len(columns))]
        errors = [[v - low for v, (low, _) in values], [high - v for v, (_, high) in values]]
        axes.bar(places, [v for v, _ in values], width, yerr=errors, capsize=3, label=label)
    axes.set_xticks([index + width / 2 for index in range(len(columns))], list(columns))
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
