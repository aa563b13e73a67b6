"""`midfill repair`."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from midfill.engine.cli.advisers import seen
from midfill.engine.cli.index import QUICKLY_INDEXED, bring_up_to_date
from midfill.engine.cli.interrupt import clean_up_when_told_to_end
from midfill.engine.cli.options import Position, load_settings, workspace_of
from midfill.engine.cli.repairing import repaired
from midfill.engine.context.files import Files
from midfill.engine.errors import UsageError
from midfill.engine.repair import picture
from midfill.engine.repair.apply import Change, apply
from midfill.engine.repair.command import Command
from midfill.engine.repair.commit import check_clean, commit
from midfill.engine.repair.localise import Place
from midfill.engine.repair.repair import OnProgress
from midfill.engine.repair.task import Outcome, Task, stage
from midfill.engine.repair.undo import undo

_DEFAULT = Task()
# Of a check that fails in the end so many lines are shown.
_SHOWN = 15
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_COUNT = click.IntRange(min=1)


@click.command(
    epilog="Examples: midfill repair --test 'pytest -q' --apply; "
    "midfill repair app.py --at 12 --message 'handle an empty list'; "
    "pytest 2>&1 | midfill repair"
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--at", "position", type=Position(whole_lines=True), help="A place in the one FILE, from 1."
)
@click.option("--message", "wish", default="", help="What is wrong there, or wanted.")
@click.option("--test", "tests", default="", help="The command whose tests have to pass.")
@click.option(
    "--image", type=click.Path(exists=True, path_type=Path), help="A picture of what is wrong."
)
@click.option("--lint", default="", help="A linter or compiler; without it one that fits the file.")
@click.option("--rounds", type=_COUNT, default=_DEFAULT.rounds, show_default=True)
@click.option(
    "--candidates",
    type=_COUNT,
    default=_DEFAULT.candidates,
    show_default=True,
    help="Changes that are checked in each round.",
)
@click.option("--apply", "applies", is_flag=True, help="Write the change if it passes.")
@click.option("--commit", "commits", is_flag=True, help="Write it, and commit it by itself.")
@click.option("--undo", "undoes", is_flag=True, help="Take back the last change in this workspace.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    files: tuple[Path, ...],
    position: tuple[int, int] | None,
    wish: str,
    tests: str,
    image: Path | None,
    lint: str,
    rounds: int,
    candidates: int,
    applies: bool,
    commits: bool,
    undoes: bool,
    as_json: bool,
) -> None:
    """Look for a change of FILE that makes its checks pass, and print it as a diff.

    Without FILE the failing tests, or the output of a failing run on stdin, say where to look.
    Candidates are checked in a copy of the workspace; only --apply and --commit write to it.
    Exit status 1 when there is no change that passes.
    """
    clean_up_when_told_to_end()
    root = _workspace(files)
    if undoes:
        _undo(root, as_json)
        return
    if position is not None and len(files) != 1:
        raise UsageError("--at needs one FILE")
    paths = tuple(file.resolve().relative_to(root).as_posix() for file in files)
    cwd = _inside(root)
    settings = load_settings(root)
    if image is not None:
        wish = f"{wish}\n{asyncio.run(seen(settings, picture.read(image), wish))}".strip()
    task = Task(
        paths=paths,
        places=(Place(paths[0], position[0], position[0]),) if position else (),
        wish=wish,
        output="" if tests or wish else _piped(),
        tests=Command.parsed(tests, cwd) if tests else None,
        lint=Command.parsed(lint, cwd) if lint else None,
        cwd=cwd,
        rounds=rounds,
        candidates=candidates,
    )
    bring_up_to_date(root, QUICKLY_INDEXED)
    with _shown_progress(task) as on_progress:
        outcome = asyncio.run(repaired(task, root, settings, on_progress))
    committed = ""
    if outcome.fixed and (applies or commits):
        committed = _write(root, outcome, commits=commits)
    if as_json:
        click.echo(msgspec.json.encode(_described(outcome, applies or commits, committed)))
    else:
        _print(outcome, applied=applies or commits, committed=committed)
    if not outcome.fixed:
        sys.exit(1)


def _workspace(files: Sequence[Path]) -> Path:
    """The one that the files are in, or the folder we are in."""
    roots = {workspace_of(file.resolve()) for file in files or (Path.cwd() / "file",)}
    if len(roots) > 1:
        raise UsageError("the files are in different workspaces: repair one after the other")
    return roots.pop().resolve()


def _inside(root: Path) -> str:
    """The folder that we are in, relative to the workspace; its own if we are not in it."""
    here = Path.cwd().resolve()
    return here.relative_to(root).as_posix() if here.is_relative_to(root) else "."


def _piped() -> str:
    """What a command before us, or a file, has for us."""
    mode = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _undo(root: Path, as_json: bool) -> None:
    paths = undo(root)
    if as_json:
        click.echo(msgspec.json.encode({"undone": paths}))
    else:
        click.echo(f"As before: {', '.join(paths)}")


def _write(root: Path, outcome: Outcome, *, commits: bool) -> str:
    """Write the files; returns the commit, if there is to be one."""
    paths = sorted(outcome.texts)
    if commits:
        check_clean(root, paths)
    apply(
        Files(root),
        [Change.of(outcome.sources[path], text) for path, text in outcome.texts.items()],
    )
    if not commits:
        return ""
    passed = ", ".join(check.kind for check in outcome.checks)
    return commit(root, paths, f"Repair {', '.join(paths)}\n\nChecked: {passed}.")


def _described(outcome: Outcome, applied: bool, committed: str) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "fixed": outcome.fixed,
        "reason": outcome.reason or None,
        "rounds": outcome.cost.rounds,
        "diff": outcome.diff,
        "files": sorted(outcome.texts),
        "checks": [
            {
                "kind": check.kind,
                "passed": check.passed,
                "seconds": round(check.seconds, 3),
                "output": "" if check.passed else check.output,
            }
            for check in outcome.checks
        ],
        "verified": outcome.verified,
        "applied": applied and outcome.fixed,
        "commit": committed or None,
        "model": outcome.model,
        "backend": outcome.backend,
        "why": outcome.why or None,
        "notes": outcome.notes,
        "way": outcome.way,
        "candidate": outcome.number,
        "cost": outcome.cost,
    }


def _print(outcome: Outcome, *, applied: bool, committed: str) -> None:
    """The diff on stdout, and what there is to say about it on stderr."""
    for line in outcome.diff.splitlines():
        click.secho(line, fg=_COLOURS.get(line[:1]))
    for line in _told(outcome, applied=applied, committed=committed):
        click.echo(f"midfill: {line}", err=True)


def _told(outcome: Outcome, *, applied: bool, committed: str) -> Iterator[str]:
    yield from outcome.notes
    if not outcome.fixed:
        failed = next((check for check in outcome.checks if not check.passed), None)
        if failed is not None:
            click.echo("\n".join(failed.output.rstrip().splitlines()[-_SHOWN:]), err=True)
        yield outcome.reason
        if outcome.texts:
            yield "the change above makes it better, and does not mend all of it"
        return
    passed = ", ".join(check.kind for check in outcome.checks)
    cost = outcome.cost
    where = "proposed by the compiler" if outcome.way == "fix-it" else f"in round {cost.rounds}"
    yield f"passed: {passed}; change {cost.candidates} {where}, {cost.seconds:.0f} s"
    if outcome.answered:
        yield outcome.answered
    if not outcome.verified:
        yield "nothing tells whether it does what is wanted: give --test or --lint"
    if committed:
        yield f"committed as {committed}"
    elif applied:
        yield "written; midfill repair --undo takes it back"
    else:
        yield "nothing is written: that is what --apply is for"


@contextmanager
def _shown_progress(task: Task) -> Iterator[OnProgress]:
    """A line on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting the engine") as status:
        yield lambda progress: status.update(stage(progress, task))
