"""`midfill bench`: how good and how fast, measured on this machine."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from midfill.engine.cli.interrupt import clean_up_when_told_to_end
from midfill.engine.cli.options import load_settings
from midfill.engine.errors import UsageError
from midfill.engine.runtime.process import EngineStatus
from midfill.engine.settings import Settings

if TYPE_CHECKING:
    from midfill.engine.bench.repair.aider import EditFormat

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLOT = click.Path(dir_okay=False, path_type=Path)


@click.group(epilog="Example: midfill bench typing --keys 200")
def command() -> None:
    """Measure quality and speed. Nothing is sent anywhere."""
    clean_up_when_told_to_end()


class _Context(click.ParamType[tuple[int, int]]):
    """PREFIX,SUFFIX: two numbers of tokens."""

    name = "PREFIX,SUFFIX"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The two numbers."""
        prefix, _, suffix = str(value).partition(",")
        if not (prefix.isdecimal() and suffix.isdecimal() and int(prefix) and int(suffix)):
            self.fail(f"{value!r} is not PREFIX,SUFFIX, both from 1, as in 768,256", param, ctx)
        return int(prefix), int(suffix)


@command.command(
    epilog="Example: midfill bench fim --data HumanEval-SingleLineInfilling.jsonl.gz --tasks 300"
)
@click.option("--data", type=_FILE, required=True, help="HumanEval infilling, .jsonl or .jsonl.gz.")
@click.option(
    "--tasks", "count", type=click.IntRange(0), default=100, show_default=True, help="0: all."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which tasks are drawn.")
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plot", "plot_file", type=_PLOT, help="Draw a bar chart: .png, .svg or .pdf.")
def fim(
    data: Path, count: int, seed: int, model: str, as_json: bool, plot_file: Path | None
) -> None:
    """Fill in missing lines: exact match, and pass@1 by the tasks' tests.

    For the whole pipeline, and for the bare prompt in the orders suffix-prefix-middle and
    prefix-suffix-middle. The tests run what the model wrote, in processes of their own with limits
    on time and memory, and without network or files.
    """
    from midfill.engine.bench import fim as bench
    from midfill.engine.bench import plot

    if plot_file is not None:
        plot.check(plot_file)
    tasks = bench.load(data, count, seed)
    bar = _Bar("tasks")
    with bar.progress:
        bar.start(len(tasks))
        report = asyncio.run(bench.run(_settings(model), tasks, seed, bar.status, bar.step))
    if plot_file is not None:
        plot.scores(plot_file, report.scores)
    if as_json:
        _print_json(
            {
                "model": report.model,
                "tasks": report.tasks,
                "seed": report.seed,
                **msgspec.to_builtins(report.scores["pipeline"]),
                "bare_spm": report.scores["bare_spm"],
                "bare_psm": report.scores["bare_psm"],
                "empty": report.empty,
            }
        )
        return
    table = Table("", *report.scores, title=f"{report.tasks} tasks, {report.model}")
    for field in ("exact_match", "pass_at_1"):
        rows = [msgspec.to_builtins(score) for score in report.scores.values()]
        table.add_row(field, *(_interval(row[field], row[f"{field}_interval"]) for row in rows))
    table.add_row("ms_p50", *(_shown(score.ms_p50) for score in report.scores.values()))
    _print_table(table)
    for reason, times in report.empty.items():
        click.echo(f"{times} without an answer: {reason}")


@command.command(epilog="Example: midfill bench typing --peer llama-server --peer-binary PATH")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--keys", type=click.IntRange(1), default=600, show_default=True, help="About.")
@click.option("--seed", type=int, default=0, show_default=True, help="What is typed, and when.")
@click.option("--context", type=_Context(), help="Tokens shown to the model; 768,256 by default.")
@click.option("--peer", type=click.Choice(["llama-server"]), help="What to compare with.")
@click.option("--peer-binary", type=_FILE, help="Its program, where it is not on the PATH.")
@click.option(
    "--busy", type=click.IntRange(0), default=0, show_default=True, help="Spinning processes."
)
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plot", "plot_file", type=_PLOT, help="Draw the waits: .png, .svg or .pdf.")
def typing(
    files: tuple[Path, ...],
    keys: int,
    seed: int,
    context: tuple[int, int] | None,
    peer: str | None,
    peer_binary: Path | None,
    busy: int,
    model: str,
    as_json: bool,
    plot_file: Path | None,
) -> None:
    """Type functions of FILES through the language server, as a person does, in real time.

    Without FILES, modules of Python's standard library. A peer gets the same keys in the same run,
    with llama.vim's requests, and the same model and threads; the two take turns.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench import typing as bench

    if plot_file is not None:
        plot.check(plot_file)
    options = bench.Options(
        files=files,
        keys=keys,
        seed=seed,
        context=context,
        peer=_peer_binary(peer, peer_binary),
        busy=busy,
    )
    bar = _Bar("keys")
    with bar.progress:
        run = bench.run(_settings(model), options, bar.status, bar.start, bar.step)
        outcome = asyncio.run(run)
    report = outcome.report
    if plot_file is not None:
        plot.waits(plot_file, outcome.waits)
    if as_json:
        _print_json(report)
        return
    sides = {"midfill": report.ours}
    if report.peer is not None:
        sides["llama-server"] = report.peer
    figures = {name: _flat(side) for name, side in sides.items()}
    table = Table(
        "", *sides, title=f"{report.model}, {report.threads} threads, {report.busy} busy processes"
    )
    for figure in figures["midfill"]:
        table.add_row(figure, *(_shown(side.get(figure)) for side in figures.values()))
    _print_table(table)
    if report.ratio is not None:
        ratios = Table("", "midfill / llama-server")
        for figure, value in report.ratio.items():
            ratios.add_row(figure, _shown(value))
        _print_table(ratios)
    for name, side in sides.items():
        for reason, times in side.empty.items():
            click.echo(f"{name}: {times} times no suggestion: {reason}")


@command.command(epilog="Example: midfill bench crossfile --tasks 60 --packages taskiq,ruyi")
@click.option(
    "--tasks", "count", type=click.IntRange(1), default=300, show_default=True, help="Lines."
)
@click.option(
    "--packages",
    default="reported",
    show_default=True,
    help="Names with commas; `reported` and `tuning` stand for their sets.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which lines are drawn.")
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plot", "plot_file", type=_PLOT, help="Draw a bar chart: .png, .svg or .pdf.")
@click.option(
    "--answers", "answers_file", type=_PLOT, help="Keep the answers in it, and go on from there."
)
def crossfile(
    count: int,
    packages: str,
    seed: int,
    model: str,
    as_json: bool,
    plot_file: Path | None,
    answers_file: Path | None,
) -> None:
    """Complete lines that need a name from another file: with what context?

    None, chunks of files visited before (as llama.vim shows them, in up to 1,024 tokens), or
    Midfill's own. The lines come from real packages, which are downloaded from PyPI (or
    PIP_INDEX_URL) once, checked against their SHA-256, and never installed or run.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench.crossfile import packages as catalogue
    from midfill.engine.bench.crossfile import run as bench

    if plot_file is not None:
        plot.check(plot_file)
    options = bench.Options(catalogue.choose(packages), count, seed, answers_file)
    bar = _Bar("prompts")
    with bar.progress:
        run = bench.run(_settings(model), options, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    exact = {mode: score.exact_match for mode, score in report.scores.items()}
    if plot_file is not None:
        groups = {"all": report.scores, **report.kinds}
        columns = [each.values() for each in groups.values()]
        shares: dict[str, list[plot.Share]] = {
            mode: [(score.exact_match, score.exact_match_interval) for score in scores]
            for mode, scores in zip(exact, zip(*columns, strict=True), strict=True)
        }
        plot.bars(plot_file, list(groups), shares)
    if as_json:
        similarity = {mode: score.edit_similarity for mode, score in report.scores.items()}
        found = msgspec.to_builtins(report)
        _print_json(found | {"exact_match": exact, "edit_similarity": similarity})
        return
    title = f"{report.tasks} lines, {report.model}, {report.context_tokens} tokens of context"
    table = Table("", *report.scores, title=title)
    figures = {mode: msgspec.to_builtins(score) for mode, score in report.scores.items()}
    for figure in ("edit_similarity", "found", "total_ms_p50", "wait_ms_p50", "prompt_tokens_p50"):
        table.add_row(figure, *(_shown(each[figure]) for each in figures.values()))
    table.add_section()
    for name, scores in {"exact_match": report.scores, **report.kinds, **report.packages}.items():
        shown = (_interval(each.exact_match, each.exact_match_interval) for each in scores.values())
        table.add_row(name, *shown)
    _print_table(table)
    for mode, gain in report.gains.items():
        click.echo(
            f"{mode}: {_shown(gain.ratio)} times the exact match of none; "
            f"{gain.won} answers won, {gain.lost} lost"
        )


@command.command(epilog="Example: midfill bench languages tests/grammars/cases")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--data", type=_FILE, help="McEval's tasks, .jsonl or .jsonl.gz: 40 languages.")
@click.option(
    "--places", type=click.IntRange(1), default=4, show_default=True, help="In each language."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which places are drawn.")
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def languages(
    folder: Path | None, data: Path | None, places: int, seed: int, model: str, as_json: bool
) -> None:
    """Fill in what is taken out of real programs, in every language.

    The programs are those of FOLDER, which has a folder for each language, named as `midfill
    languages --json` names it; for the languages in --data they come from there. A suggestion is
    clean if it brings in no syntax error.
    """
    from midfill.engine.bench import languages as bench

    found = bench.of_mceval(data) if data else []
    known = {program.language.name for program in found}
    others = bench.of_folder(folder) if folder else []
    found += [program for program in others if program.language.name not in known]
    if not found:
        raise UsageError("name a FOLDER of programs or --data FILE, or both")
    bar = _Bar("places")
    with bar.progress:
        run = bench.run(_settings(model), found, places, seed, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    if as_json:
        _print_json(report)
        return
    table = Table(
        *("", "programs", "parsed", "definitions", "references", "places", "enclosing", "errors"),
        *("answered", "clean", "exact", "ms_p50"),
        title=f"{len(report.languages)} languages, {report.model}",
    )
    for row in report.languages:
        figures = msgspec.to_builtins(row)
        table.add_row(row.title, *(_shown(figures[column.header]) for column in table.columns[1:]))
    _print_table(table)
    if report.missing:
        click.echo(f"no program in: {', '.join(report.missing)}")


@command.command(epilog="Example: midfill bench index /usr/lib/python3.11")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--copies", type=click.IntRange(1), default=1, show_default=True, help="Of all files, to index."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def index(path: Path, copies: int, as_json: bool) -> None:
    """Index a copy of the files of PATH, and again when nothing or one file has changed.

    In the same run Aider's method of finding definitions and references reads the same files.
    """
    from midfill.engine.bench import index as bench

    with Console(stderr=True).status("") as shown:
        report = bench.run(path, copies, shown.update)
    if as_json:
        _print_json(report)
        return
    ours, peer = _flat(report), _flat(report.aider)
    table = Table("", "midfill", "Aider's method", "ratio", title=str(path))
    for figure, value in ours.items():
        if "." not in figure:
            ratio = report.ratio.get(figure.removesuffix("_s"))
            table.add_row(figure, _shown(value), _shown(peer.get(figure)), _shown(ratio))
    table.add_row("tags", "-", _shown(report.aider.tags), "-")
    _print_table(table)


@command.command(
    epilog="Example: midfill bench repair --data mdeval_python.jsonl.gz --tasks 20 --candidates 8"
)
@click.option(
    "--data", type=_FILE, required=True, multiple=True, help="MdEval's tasks, .jsonl or .jsonl.gz."
)
@click.option("--languages", default="", help="Names with commas; all that are in the data.")
@click.option(
    "--tasks",
    "count",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="In each language; 0: all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which tasks are drawn.")
@click.option(
    "--candidates", type=click.IntRange(1), default=8, show_default=True, help="In a round."
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="At most.")
@click.option("--blind", is_flag=True, help="Keep the tests from the repair: they only judge.")
@click.option("--peer", type=click.Choice(["aider"]), help="What to compare with.")
@click.option("--peer-binary", type=_FILE, help="Its program, where it is not on the PATH.")
@click.option(
    "--peer-format",
    "formats",
    type=click.Choice(["whole", "diff"]),
    multiple=True,
    default=["whole"],
    show_default=True,
    help="Its edit format; may be given twice.",
)
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plot", "plot_file", type=_PLOT, help="Draw a bar chart: .png, .svg or .pdf.")
@click.option(
    "--answers", "answers_file", type=_PLOT, help="Keep the answers in it, and go on from there."
)
def repair(
    data: tuple[Path, ...],
    languages: str,
    count: int,
    seed: int,
    candidates: int,
    rounds: int,
    blind: bool,
    peer: str | None,
    peer_binary: Path | None,
    formats: tuple[EditFormat, ...],
    model: str,
    as_json: bool,
    plot_file: Path | None,
    answers_file: Path | None,
) -> None:
    """Repair faulty programs, each in a file of its own with failing tests.

    The tests that a repair is checked with are also its judge. They run what the model wrote, in
    processes of their own with limits on time and memory and, on Linux, without network and without
    writing files. A peer gets the same tasks, model and engine, and may ask the model as often as
    Midfill did, or CANDIDATES times ROUNDS if that is more.
    """
    from midfill.engine.bench import plot
    from midfill.engine.bench.repair import run as bench
    from midfill.engine.bench.repair.aider import interpreter
    from midfill.engine.bench.repair.options import Options

    if plot_file is not None:
        plot.check(plot_file)
    binary = _peer_binary(peer, peer_binary)
    options = Options(
        data=data,
        languages=tuple(name for name in languages.split(",") if name),
        tasks=count,
        seed=seed,
        candidates=candidates,
        rounds=rounds,
        blind=blind,
        python=interpreter(binary) if binary else None,
        formats=formats if binary else (),
        answers=answers_file,
    )
    bar = _Bar("repairs")
    with bar.progress:
        run = bench.run(_settings(model), options, bar.status, bar.start, bar.step)
        report = asyncio.run(run)
    groups = {"all": report.scores, **report.languages, **report.kinds}
    if plot_file is not None:
        shares: dict[str, list[plot.Share]] = {
            system: [
                (each[system].fixed_share, each[system].fixed_share_interval)
                for each in groups.values()
            ]
            for system in report.scores
        }
        plot.bars(plot_file, list(groups), shares)
    if as_json:
        ours, *peers = report.scores
        _print_json(
            msgspec.to_builtins(report)
            | msgspec.to_builtins(report.scores[ours])
            | {"peers": {name: report.scores[name] for name in peers}}
        )
        return
    title = f"{report.model}, {candidates} candidates, {rounds} rounds"
    table = Table("", *report.scores, title=title)
    figures = [msgspec.to_builtins(score) for score in report.scores.values()]
    for figure in figures[0]:
        if not figure.startswith("fixed_share"):
            table.add_row(figure, *(_shown(each[figure]) for each in figures))
    table.add_section()
    for name, scores in groups.items():
        shown = (_interval(s.fixed_share, s.fixed_share_interval) for s in scores.values())
        table.add_row(f"fixed, {name}", *shown)
    _print_table(table)
    click.echo(f"Judged by {report.judge}.")
    for name, duel in report.duels.items():
        click.echo(f"{duel.won} tasks fixed by midfill alone, {duel.lost} by {name} alone")
    for language, reasons in report.left_out.items():
        for reason, times in reasons.items():
            click.echo(f"{language}: {times} left out: {reason}")
    for language, why in report.skipped.items():
        click.echo(f"{language}: skipped: {why}")


class _Numbers(click.ParamType[tuple[int, ...]]):
    """N,N,...: whole numbers of at least `least`, each once."""

    name = "N,N,..."

    def __init__(self, least: int) -> None:
        self._least = least

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers, from the smallest."""
        words = str(value).split(",")
        if not all(word.isdecimal() and int(word) >= self._least for word in words):
            self.fail(f"{value!r} is not N,N,..., all from {self._least}, as in 1,4", param, ctx)
        return tuple(sorted({int(word) for word in words}))


@command.command(epilog="Example: midfill bench hardware --model 7b --llama-bench PATH")
@click.option("--model", default="", help="A name of `midfill models list`, or a GGUF file.")
@click.option(
    "--random", "size", help="In place of a model: weights drawn at random, such as 7b or 32b."
)
@click.option("--batches", type=_Numbers(1), default="32,128,512", show_default=True)
@click.option(
    "--contexts", type=_Numbers(0), default="0,2048", show_default=True, help="Tokens before."
)
@click.option(
    "--streams", type=_Numbers(1), default="1,4", show_default=True, help="Texts decoded at once."
)
@click.option("--prompt", type=click.IntRange(1), default=512, show_default=True, help="Tokens.")
@click.option("--generated", type=click.IntRange(2), default=64, show_default=True, help="Tokens.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--typed",
    type=click.IntRange(0),
    default=2000,
    show_default=True,
    help="Keys after so many.",
)
@click.option(
    "--limits", type=_Numbers(1), default=None, help="MiB of each GPU: layers and speed with each."
)
@click.option("--llama-bench", type=_FILE, help="llama.cpp's program, to compare with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plot", "plot_file", type=_PLOT, help="Draw the speeds: .png, .svg or .pdf.")
def hardware(
    model: str, size: str | None, as_json: bool, plot_file: Path | None, **options: Any
) -> None:
    """Measure what this machine does with a model, by batch and by context, through the engine.

    Also what a key, a jump, four documents and a repair cost, with tokens in place of an editor.
    A file of random weights is as fast as a real one; it takes its vocabulary from a model that is
    installed, and stays in the cache.
    """
    from midfill.engine.bench import hardware as bench
    from midfill.engine.bench import plot
    from midfill.engine.bench.random_weights import random_model
    from midfill.engine.models.choose import resolve
    from midfill.engine.runtime.process import engine_config

    if plot_file is not None:
        plot.check(plot_file)
    settings = _settings(model)
    with Console(stderr=True).status("") as shown:
        path = resolve(settings).path
        if size is not None:
            path = random_model(size, path, shown.update)
        wanted = bench.Options(**{**options, "limits": options["limits"] or ()})
        report = asyncio.run(bench.run(engine_config(path, settings), wanted, shown.update))
    if plot_file is not None:
        plot.speeds(plot_file, report.speeds)
    if as_json:
        _print_json(report)
        return
    on_gpu = f"{report.gpu_layers} of {report.layers} layers on the GPU"
    table = Table(
        *("", "batch", "context", "at once", "tokens/s", "llama-bench", "ratio"),
        title=f"{report.model}, {report.threads} threads, {on_gpu}",
    )
    for each in report.speeds:
        table.add_row(*(_shown(value) for value in msgspec.structs.astuple(each)))
    _print_table(table)
    if report.typing is not None:
        keys = Table("typing", "")
        for figure, value in msgspec.to_builtins(report.typing).items():
            keys.add_row(figure, _shown(value))
        _print_table(keys)
    for row in report.limited:
        click.echo(
            f"{row.limit_mb} MiB of GPU memory: {row.gpu_layers} of {row.layers} layers, "
            f"{row.speed:.3g} tokens/s"
        )
    if options["llama_bench"]:
        click.echo("llama-bench ran afterwards: its ratios hold only if nothing else was at work.")
    if not report.gpu_layers:
        click.echo("On a GPU: NOT MEASURED, llama.cpp has put no layer on one here.")


def _peer_binary(peer: str | None, binary: Path | None) -> Path | None:
    if peer is None:
        if binary is not None:
            raise UsageError("--peer-binary is of no use without --peer")
        return None
    found = binary or shutil.which(peer)
    if found is None:
        raise UsageError(f"there is no {peer} on the PATH: name it with --peer-binary PATH")
    return Path(found)


def _settings(model: str) -> Settings:
    settings = load_settings()
    return msgspec.structs.replace(settings, model=model) if model else settings


class _Bar:
    """A bar on stderr: the engine's state first, then steps of what `unit` names."""

    def __init__(self, unit: str) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self.progress.add_task("starting", total=None)
        self._unit = unit

    def status(self, status: EngineStatus) -> None:
        self.progress.update(self._task, description=f"{status.state} {status.model}")

    def start(self, steps: int) -> None:
        self.progress.update(self._task, description=self._unit, total=steps)

    def step(self) -> None:
        self.progress.update(self._task, description=self._unit, advance=1)


def _flat(side: msgspec.Struct) -> dict[str, Any]:
    """The figures of a side but for the reasons, those of its parts by dotted names."""
    flat: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(side).items():
        if name == "empty":
            continue
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": number for inner, number in value.items()}
        else:
            flat[name] = value
    return flat


def _interval(value: float | None, interval: tuple[float, float]) -> str:
    return f"{_shown(value)} ({interval[0]:.2f}-{interval[1]:.2f})"


def _shown(value: float | int | None) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return "-" if value is None else str(value)


def _print_table(table: Table) -> None:
    Console(highlight=False).print(table)


def _print_json(answer: Any) -> None:
    click.echo(msgspec.json.encode(answer).decode())
