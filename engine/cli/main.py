"""The `midfill` command: a table of subcommands, each imported only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata

import click

from midfill.engine.errors import MidfillError, UsageError

# name -> (module, help). The help stands here so that `midfill --help` imports none of them.
COMMANDS = {
    "bench": ("midfill.engine.cli.bench", "Measure quality and speed on this machine."),
    "complete": ("midfill.engine.cli.complete", "Complete at a position of a file."),
    "context": ("midfill.engine.cli.context", "Show what the model is shown of the repository."),
    "doctor": (
        "midfill.engine.cli.doctor",
        "Say what is wrong with the installation, and mend it.",
    ),
    "engine": ("midfill.engine.cli.engine", "Start, stop or look at the shared engine process."),
    "explain": ("midfill.engine.cli.explain", "Say what a piece of code does."),
    "index": ("midfill.engine.cli.index", "Build or refresh the index of a repository."),
    "languages": ("midfill.engine.cli.languages", "Show what Midfill reads in each language."),
    "models": ("midfill.engine.cli.models", "List, fetch and remove models."),
    "remote": ("midfill.engine.cli.remote", "Set, test and watch models on other machines."),
    "repair": ("midfill.engine.cli.repair", "Find a change that makes the checks pass."),
    "serve": ("midfill.lsp.cli", "Run the language server on stdio."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: midfill complete src/app.py --at 12:5",
)
@click.version_option(metadata.version("midfill"), prog_name="midfill")
@click.option("--offline", is_flag=True, help="Let every connection that leaves here be an error.")
def midfill(offline: bool) -> None:
    """Fill-in-the-middle completion and repair, from a model on your own machine."""
    if offline:
        os.environ["MIDFILL_OFFLINE"] = "true"  # for the settings, and for processes of ours


def main() -> None:
    """Run the command line. Exit status 0: done; 1: no result; 2: bad usage; 130: interrupted."""
    try:
        midfill(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except MidfillError as error:
        click.echo(f"midfill: {error}", err=True)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("midfill: interrupted", err=True)
        sys.exit(130)
