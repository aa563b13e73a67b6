"""The benchmark of indexing, with a small folder and the real command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from midfill.engine.bench import aider
from midfill.engine.context.reader import Job, read
from midfill.grammars import outline

BENCH = [str(Path(sys.executable).with_name("midfill")), "bench", "index"]
PACKAGE = Path(outline.__file__).parent


def test_report(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.py").write_text(f"def f{number}():\n    return g()\n")
    done = subprocess.run(
        [*BENCH, tmp_path, "--copies", "2", "--json"], capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert (report["files"], report["lines"]) == (6, 12)
    assert (report["definitions"], report["references"]) == (6, 6)
    assert (report["aider"]["files"], report["aider"]["tags"]) == (6, 12)
    for figure in ("wall_s", "cpu_s", "peak_mb", "warm_s", "update_ms"):
        assert report[figure] > 0
    assert report["ratio"]["cpu"] == report["cpu_s"] / report["aider"]["cpu_s"]


def test_a_folder_without_code_is_told(tmp_path: Path) -> None:
    done = subprocess.run([*BENCH, tmp_path], capture_output=True, text=True)
    assert done.returncode == 1
    assert "nothing to index" in done.stderr


def test_both_methods_find_the_same_names(tmp_path: Path) -> None:
    """Aider's finds a name again for each pattern that matches it, ours counts it once."""
    first = aider.run(PACKAGE, tmp_path / "cache")
    assert aider.run(PACKAGE, tmp_path / "cache") == first
    record = read(PACKAGE, Job("outline.py")).record
    assert record is not None
    database = aider.sqlite3.connect(tmp_path / "cache")
    key = str(PACKAGE / "outline.py")
    ((data,),) = database.execute("SELECT data FROM cache WHERE key = ?", (key,))
    database.close()
    tags = aider.pickle.loads(data)
    assert {tag.name for tag in tags if tag.kind == "def"} == {row[1] for row in record.definitions}
    assert {tag.name for tag in tags if tag.kind == "ref"} == set(record.uses)
