"""`make demo`: a real completion and a real repair, shown in the terminal."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

CURSOR = "█"
SAMPLES = Path(__file__).parent
TESTS = "python -m unittest -q check_stats"
# So that `python` is the one that runs this.
ENVIRON = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
CONSOLE = Console(highlight=False)


def main() -> None:
    """Each in a folder of its own."""
    for shown in complete, repair:
        with tempfile.TemporaryDirectory(prefix="midfill-demo-") as folder:
            shown(Path(folder))


def complete(folder: Path) -> None:
    """Complete at the sample's cursor, and print the file with what the model wrote."""
    before, _, after = (SAMPLES / "prices.py").read_text().partition(CURSOR)
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    (folder / "prices.py").write_text(before + after)
    done = midfill(folder, "complete", "prices.py", "--at", f"{line}:{column}", "--json")
    if not done.stdout:
        sys.exit(done.returncode)
    answer = json.loads(done.stdout)
    if not answer["text"]:
        sys.exit(f"no completion: {answer['reason']}")
    CONSOLE.print(Text.assemble(before, (answer["text"], "black on green"), after))
    ms = ", ".join(f"{stage} {value:.0f}" for stage, value in answer["ms"].items())
    CONSOLE.print(f"model      {answer['model']} ({answer['backend']})")
    CONSOLE.print(
        f"tokens     {answer['tokens_evaluated']} evaluated, {answer['tokens_reused']} reused, "
        f"{answer['tokens_generated']} generated"
    )
    CONSOLE.print(f"ms         {ms}\n")


def repair(folder: Path) -> None:
    """Repair the code under a failing test, and run the test again."""
    for name in ("stats.py", "check_stats.py"):
        shutil.copy(SAMPLES / name, folder)
    run(folder)
    done = midfill(folder, "repair", "stats.py", "--test", TESTS, "--apply", "--json")
    if not done.stdout:
        sys.exit(done.returncode)
    answer = json.loads(done.stdout)
    if not answer["fixed"]:
        sys.exit(f"no repair: {answer['reason']}")
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in answer["diff"].splitlines():
        CONSOLE.print(line, style=colours.get(line[:1]), markup=False)
    cost = answer["cost"]
    CONSOLE.print(
        f"\npassed     {', '.join(check['kind'] for check in answer['checks'])}\n"
        f"changes    {cost['candidates']} checked, in {cost['seconds']:.0f} s\n"
    )
    run(folder)


def midfill(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command in the folder, as a person does."""
    CONSOLE.print(f"$ midfill {shlex.join(arguments)}\n", style="bold")
    command = [sys.executable, "-m", "midfill.engine.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRON, stdout=subprocess.PIPE, check=False, text=True
    )


def run(folder: Path) -> None:
    """Run the tests, and print how they end."""
    CONSOLE.print(f"$ {TESTS}", style="bold")
    done = subprocess.run(
        shlex.split(TESTS), cwd=folder, env=ENVIRON, capture_output=True, check=False, text=True
    )
    CONSOLE.print(done.stderr.strip().rpartition("\n")[2] + "\n", markup=False)


main()
