"""`make demo`: one real completion, shown in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

CURSOR = "█"
SAMPLE = Path(__file__).parent / "prices.py"


def main() -> None:
    """Complete at the sample's cursor, and print the file with what the model wrote."""
    console = Console(highlight=False)
    before, _, after = SAMPLE.read_text().partition(CURSOR)
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    with tempfile.TemporaryDirectory(prefix="midfill-demo-") as folder:
        file = Path(folder) / SAMPLE.name
        file.write_text(before + after)
        command = [sys.executable, "-m", "midfill.engine.cli", "complete", str(file)]
        console.print(f"$ midfill complete {file.name} --at {line}:{column}\n", style="bold")
        done = subprocess.run(
            [*command, "--at", f"{line}:{column}", "--json"], stdout=subprocess.PIPE, check=False
        )
    if not done.stdout:
        sys.exit(done.returncode)
    answer = json.loads(done.stdout)
    if not answer["text"]:
        sys.exit(f"no completion: {answer['reason']}")
    console.print(Text.assemble(before, (answer["text"], "black on green"), after))
    ms = ", ".join(f"{stage} {value:.0f}" for stage, value in answer["ms"].items())
    console.print(f"model      {answer['model']} ({answer['backend']})")
    console.print(
        f"tokens     {answer['tokens_evaluated']} evaluated, {answer['tokens_reused']} reused, "
        f"{answer['tokens_generated']} generated"
    )
    console.print(f"ms         {ms}")


main()
