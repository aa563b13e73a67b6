"""The copy in which candidates are tried: like the workspace, apart from it, and quick to reset."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from midfill.engine.context.files import Files
from midfill.engine.errors import MidfillError
from midfill.engine.repair import workbench
from midfill.engine.repair.workbench import Workbench


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    put(root, "src/cart.py", "x = 1\n")
    put(root, "data/prices.csv", "tea,3\n")
    put(root, ".gitignore", "out/\n*.log\n")
    put(root, "out/made.txt", "made")
    put(root, "out/deep/made.txt", "made")
    put(root, ".git/HEAD", "ref")
    put(root, "src/__pycache__/cart.pyc", "old")
    put(root, ".env", "KEY=1")
    put(root, "run.sh", "#!/bin/sh\n").chmod(0o755)
    return root


def put(root: Path, name: str, text: str) -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return root / name


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_what_is_copied(shop: Path) -> None:
    with Workbench(Files(shop)) as bench:
        wanted = tree(shop)
        del wanted[".git/HEAD"], wanted["src/__pycache__/cart.pyc"]
        assert tree(bench.copy) == wanted
        assert (bench.copy / "run.sh").stat().st_mode & 0o111
        assert bench.copy.name == "shop"
        home = bench.copy.parent
    assert not home.exists()


def test_a_candidate_and_the_next(shop: Path) -> None:
    before = tree(shop)
    with Workbench(Files(shop)) as bench:
        bench.prepare({"src/cart.py": b"x = 2\n", "src/new.py": b"y\n"})
        assert (bench.copy / "src/cart.py").read_text() == "x = 2\n"
        # What a test may do.
        put(bench.copy, "data/prices.csv", "gone")
        put(bench.copy, "report/r.txt", "r")
        put(bench.copy, "out/built.o", "o")
        put(bench.copy, "test.log", "log")
        (bench.copy / "run.sh").unlink()
        bench.prepare({"run.sh": b"#!/bin/sh\nexit 1\n"})
        found = tree(bench.copy)
        assert found["src/cart.py"] == "x = 1\n"
        assert found["data/prices.csv"] == "tea,3\n"
        assert found["run.sh"] == "#!/bin/sh\nexit 1\n"
        assert (bench.copy / "run.sh").stat().st_mode & 0o111
        assert "src/new.py" not in found
        assert "report/r.txt" not in found
        # What is ignored stays, so that a build can go on.
        assert found["out/built.o"] == "o"
        assert found["test.log"] == "log"
    assert tree(shop) == before


def test_every_version_looks_newer_than_the_one_before(shop: Path) -> None:
    with Workbench(Files(shop)) as bench:
        file = bench.copy / "src/cart.py"
        times = [file.stat().st_mtime_ns]
        for number in range(5):
            bench.prepare({"src/cart.py": b"x = %d\n" % number})
            times.append(file.stat().st_mtime_ns)
        bench.prepare({})
        times.append(file.stat().st_mtime_ns)
        assert file.read_text() == "x = 1\n"
    assert times == sorted(set(times))


def test_the_person_goes_on_working(shop: Path) -> None:
    with Workbench(Files(shop)) as bench:
        put(shop, "src/cart.py", "x = 3\n")
        put(shop, "src/more.py", "z\n")
        (shop / "data/prices.csv").unlink()
        bench.prepare({})
        found = tree(bench.copy)
        assert found["src/cart.py"] == "x = 3\n"
        assert found["src/more.py"] == "z\n"
        assert "data/prices.csv" not in found


def test_links(shop: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/far.txt", "far")
    (shop / "near").symlink_to(shop / "src")
    (shop / "src" / "up.csv").symlink_to("../data/prices.csv")
    (shop / "far").symlink_to("../elsewhere")
    with Workbench(Files(shop)) as bench:
        assert (bench.copy / "near").resolve() == bench.copy / "src"
        assert (bench.copy / "src" / "up.csv").resolve() == bench.copy / "data/prices.csv"
        assert (bench.copy / "far" / "far.txt").read_text() == "far"


def test_packages_of_the_workspace_are_those_of_the_copy(shop: Path) -> None:
    put(shop, "package.json", "{}")
    put(shop, "web/index.js", "module.exports = 1;\n")
    put(shop, "node_modules/left/index.js", "module.exports = 2;\n")
    put(shop, "node_modules/@org/right/index.js", "module.exports = 3;\n")
    put(shop, "node_modules/.cache/x", "x")
    (shop / "node_modules" / "web").symlink_to("../web")
    (shop / "node_modules" / "@org" / "web").symlink_to("../../web")
    with Workbench(Files(shop)) as bench:
        modules = bench.copy / "node_modules"
        assert (modules / "left").resolve() == shop / "node_modules/left"
        assert (modules / "@org" / "right").resolve() == shop / "node_modules/@org/right"
        assert (modules / "web").resolve() == bench.copy / "web"
        assert (modules / "@org" / "web").resolve() == bench.copy / "web"
        assert not (modules / ".cache").exists()


@pytest.mark.parametrize("style", ["path", "finder"])
def test_an_editable_install_is_that_of_the_copy(shop: Path, style: str) -> None:
    put(shop, "src/cartlib/__init__.py", "WHERE = 'old'\n")
    environment = shop / ".venv"
    venv.create(environment, with_pip=False, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    if style == "path":
        (packages / "cart.pth").write_text(f"{shop / 'src'}\n")
    else:
        # As setuptools writes it.
        (packages / "cart.pth").write_text("import __editable___cart_finder as f; f.install()\n")
        (packages / "__editable___cart_finder.py").write_text(FINDER % str(shop / "src/cartlib"))
    with Workbench(Files(shop)) as bench:
        bench.prepare({"src/cartlib/__init__.py": b"WHERE = 'new'\n"})
        for python in (environment, bench.copy / ".venv"):
            said = subprocess.run(
                [python / "bin" / "python", "-c", "import cartlib; print(cartlib.WHERE)"],
                cwd=bench.copy,
                env=bench.environment(),
                capture_output=True,
                text=True,
                check=True,
            )
            assert said.stdout == "new\n"


FINDER = """
import sys
from importlib.util import spec_from_file_location
MAPPING = {"cartlib": %r}
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in MAPPING:
            return spec_from_file_location(name, MAPPING[name] + "/__init__.py")
def install():
    sys.meta_path.append(Finder)
"""


def test_environment(shop: Path) -> None:
    with Workbench(Files(shop)) as bench:
        found = bench.environment(
            {"PYTHONPATH": f"{shop}/src:/usr/x", "HOME": "/home/me", "ROOT": f"{shop}-old"}
        )
        assert found["PYTHONPATH"].endswith(f":{bench.copy}/src:/usr/x")
        assert found["ROOT"] == f"{shop}-old"
        assert found["HOME"] == "/home/me"
        assert bench.told(f'File "{bench.copy}/src/cart.py"') == f'File "{shop}/src/cart.py"'


def test_too_large(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "LARGEST_IGNORED", 3)
    with Workbench(Files(shop)) as bench:
        assert bench.left_out == ["out is ignored, and too large (0 MiB)"]
        assert not list((bench.copy / "out").iterdir())
    monkeypatch.setattr(workbench, "LARGEST", 3)
    with pytest.raises(MidfillError, match="to copy for checking"):
        Workbench(Files(shop))
    assert not list((workbench.paths.cache_dir() / "workbench").iterdir())


def test_what_a_killed_process_left_is_removed(shop: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from midfill.engine.context.files import Files\n"
        "from midfill.engine.repair.workbench import Workbench\n"
        "bench = Workbench(Files(Path(sys.argv[1]))); print(bench.copy, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, shop], stdout=subprocess.PIPE, text=True, check=False
    )
    left = Path(done.stdout.strip())
    assert left.exists()
    with Workbench(Files(shop)):
        assert not left.exists()


def test_a_cache_in_the_workspace_is_not_copied_into_itself(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(shop / "caches"))
    with Workbench(Files(shop)) as bench:
        assert not (bench.copy / "caches" / "workbench").exists()
        assert os.path.realpath(bench.copy) == str(bench.copy)
