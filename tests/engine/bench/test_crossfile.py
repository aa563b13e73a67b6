"""Packages from an index, the tasks in them, what a person has visited, and the whole command."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import msgspec
import pytest

from midfill.engine.bench.crossfile.answers import MODES, Answer, Mode
from midfill.engine.bench.crossfile.packages import Package, choose, fetch
from midfill.engine.bench.crossfile.report import Report, report
from midfill.engine.bench.crossfile.run import Options, run
from midfill.engine.bench.crossfile.sources import Source, read
from midfill.engine.bench.crossfile.tasks import Task, draw, tasks
from midfill.engine.bench.crossfile.visits import chunks, visited
from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.settings import load

FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": (
        "VAT = 0.19\n\n\n"
        "class PriceList:\n"
        "    def lookup_price(self, sku: str) -> float:\n"
        "        return 1.0\n\n"
        "    def get(self, sku):\n"
        "        return None\n\n\n"
        "def with_tax(price: float) -> float:\n"
        "    return price * (1 + VAT)\n"
    ),
    "shop/stock.py": "def in_stock(sku):\n    return True\n",
    "shop/orders.py": (
        "from shop import stock\n"
        "from shop.prices import PriceList, with_tax\n\n\n"
        "def total(prices: PriceList, skus):\n"
        "    # with_tax(price) in a comment is no use\n"
        "    known = [each for each in skus if stock.in_stock(each)]\n"
        "    first = prices.get(known[0])\n"
        "    net = sum(prices.lookup_price(each) for each in known)\n"
        '    print("with_tax")\n'
        "    gross = with_tax(net)\n"
        "    with_tax = 3\n"
        "    return round(gross, 2)  # with_tax(net)\n\n\n"
        "def again(net):\n"
        "    return with_tax(net)\n"
    ),
    "tests/test_orders.py": "from shop.orders import total\n\n\ndef test_it():\n    assert total\n",
    "web/web.ts": "import { render } from './page';\n\nexport const page = render('shop', 3);\n",
    "web/page.ts": "export function render(name: string, count: number) {\n  return name;\n}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package in two languages."""
    for path, text in FILES.items():
        file = tmp_path / "shop-1.0" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "shop-1.0"


def _shown(sources: dict[str, Source], task: Task) -> tuple[str, str, str]:
    text = sources[task.path].text
    return (
        text[task.start : task.name],
        text[task.name : task.end],
        " ".join(name.text for name in task.names),
    )


def test_tasks_are_the_lines_that_say_a_name_of_another_file(folder: Path) -> None:
    sources = read(folder)
    found = tasks("shop", sources)
    assert [(task.path, task.line, task.only_use, *_shown(sources, task)) for task in found] == [
        (
            *("shop/orders.py", 5, True),
            *("def total(prices: ", "PriceList, skus):", "PriceList"),
        ),
        (
            *("shop/orders.py", 7, True),
            *("known = [each for each in skus if stock.", "in_stock(each)]", "in_stock"),
        ),
        (
            *("shop/orders.py", 9, True),
            *("net = sum(prices.", "lookup_price(each) for each in known)", "lookup_price"),
        ),
        ("shop/orders.py", 11, False, "gross = ", "with_tax(net)", "with_tax"),
        ("shop/orders.py", 17, False, "return ", "with_tax(net)", "with_tax"),
        ("web/web.ts", 3, True, "export const page = ", "render('shop', 3);", "render"),
    ]
    assert {name.files for task in found for name in task.names} == {
        ("shop/prices.py",),
        ("shop/stock.py",),
        ("web/page.ts",),
    }


def _task(package: str, line: int, only_use: bool) -> Task:
    return Task(package, "a.py", line, 0, 0, 1, (), only_use)


def test_as_many_are_drawn_of_each_package_and_kind_as_there_are() -> None:
    of_packages = {
        "large": [_task("large", n, n % 4 == 0) for n in range(100)],
        "small": [_task("small", n, True) for n in range(6)],
    }
    drawn = draw(of_packages, 40, 1)
    assert len(drawn) == 40
    assert drawn == draw(of_packages, 40, 1)
    assert drawn != draw(of_packages, 40, 2)
    large = [task for task in drawn if task.package == "large"]
    assert len(large) == 34
    assert sum(task.only_use for task in large) == 17


def test_a_person_comes_from_files_that_are_imported(folder: Path) -> None:
    sources = read(folder)
    ring = visited(folder, sources["shop/orders.py"], sources, 0)
    assert ring.chunks
    assert {chunk.file for chunk in ring.chunks} <= {
        folder / "shop/prices.py",
        folder / "shop/stock.py",
    }
    every = chunks(ring, folder, "", 1000)
    assert every[-1].text == ring.chunks[0].text
    assert {each.filename for each in every} == {"shop/prices.py", "shop/stock.py"}
    assert not chunks(ring, folder, "", 3)
    assert len(chunks(ring, folder, ring.chunks[0].text, 1000)) < len(every)


def _answer(mode: Mode, line: int, text: str) -> Answer:
    return Answer(
        task=_task("shop", line, line == 1),
        mode=mode,
        cursor="line",
        expected="x",
        text=text,
        reason=None,
        similarity=float(text == "x"),
        found=0.0,
        total_ms=30.0,
        decode_ms=10.0,
        prompt_tokens=100,
    )


def test_what_context_wins_and_loses_is_counted() -> None:
    right = {"none": {1, 2}, "ring": {1}, "midfill": {1, 3, 4}}
    answers = [
        _answer(mode, line, "x" if line in lines else "y")
        for line in range(1, 5)
        for mode, lines in right.items()
    ]
    found = report("0.5b", 0, 1024, answers)
    assert found.tasks == 4
    assert {mode: score.exact_match for mode, score in found.scores.items()} == {
        "none": 0.5,
        "ring": 0.25,
        "midfill": 0.75,
    }
    gain = found.gains["midfill"]
    assert (gain.ratio, gain.won, gain.lost) == (1.5, 2, 1)
    assert found.scores["none"].wait_ms_p50 == 20.0
    assert found.kinds["only use of the name"]["none"].answers == 1


def test_packages_are_chosen_by_name_or_set() -> None:
    assert len(choose("reported")) >= 5
    assert not set(choose("reported")) & set(choose("tuning"))
    assert [package.name for package in choose("ruyi, taskiq,ruyi")] == ["ruyi", "taskiq"]
    with pytest.raises(UsageError, match="'numpy'"):
        choose("numpy")


@pytest.fixture
def index(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A package index on disk with a source distribution that must not be run."""
    (folder / "setup.py").write_text("raise SystemExit('run')\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(folder, "shop-1.0")
    page = tmp_path / "simple" / "shop"
    page.mkdir(parents=True)
    (page / "shop-1.0.tar.gz").write_bytes(packed.getvalue())
    (page / "index.html").write_text('<a href="shop-1.0.tar.gz">shop-1.0.tar.gz</a>')
    monkeypatch.setenv("PIP_INDEX_URL", page.parent.as_uri())
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(tmp_path / "cache"))
    return Package("shop", "1.0", hashlib.sha256(packed.getvalue()).hexdigest(), "MIT")


def test_a_package_is_unpacked_once(index: Package) -> None:
    unpacked = fetch(index)
    assert (unpacked / "shop/prices.py").read_text() == FILES["shop/prices.py"]
    (unpacked / "mark").touch()
    assert (fetch(index) / "mark").exists()
    assert [each.name for each in unpacked.parent.iterdir()] == ["shop-1.0"]


@pytest.mark.parametrize(("version", "sha256"), [("1.0", "00" * 32), ("1.1", "")])
def test_another_file_is_refused(index: Package, tmp_path: Path, version: str, sha256: str) -> None:
    wrong = msgspec.structs.replace(index, version=version, sha256=sha256)
    with pytest.raises(MidfillError, match=f"shop=={version}"):
        fetch(wrong)
    assert not list((tmp_path / "cache/bench").iterdir())


@pytest.mark.model
async def test_every_task_is_completed_in_every_mode_and_once(
    index: Package,
    real_model_env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in real_model_env.items():
        if name.startswith("MIDFILL_"):
            monkeypatch.setenv(name, value)
    starts: list[int] = []
    steps: list[None] = []
    settings, _ = load()
    kept = tmp_path / "answers.jsonl"

    async def again() -> Report:
        return await run(
            settings,
            Options((index,), 2, 0, kept),
            lambda status: None,
            starts.append,
            lambda: steps.append(None),
        )

    found = await again()
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:-1]) + lines[-1][:-9])
    assert (await again()).gains == found.gains
    assert starts == [2 * 3, 1]
    assert len(steps) == sum(starts)
    answers = [
        answer
        for line in kept.read_bytes().splitlines()[1:]
        for answer in msgspec.json.decode(line, type=list[Answer])
    ]
    assert len(answers) == 2 * 2 * 3
    assert found.tasks == 2
    assert {mode: score.answers for mode, score in found.scores.items()} == dict.fromkeys(MODES, 4)
    of_mode = {mode: [each for each in answers if each.mode == mode] for mode in MODES}
    assert not any(each.found for each in of_mode["none"])
    assert all(each.found for each in of_mode["midfill"])
    for without, with_ in zip(of_mode["none"], of_mode["midfill"], strict=True):
        assert without.expected == with_.expected
        assert without.prompt_tokens < with_.prompt_tokens
