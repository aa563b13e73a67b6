"""`midfill doctor`, as a person calls it: faults are planted, found, and mended as it says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import msgspec
import pytest

from midfill.engine.check import Check
from midfill.engine.doctor.install import PACKAGE, requirement
from midfill.engine.doctor.space import gpu_memory
from midfill.engine.runtime.address import Address
from midfill.engine.runtime.offload import Plan

from ...conftest import MODEL, engines
from ...nvidia import Card, library

COMMAND = ("-m", "midfill.engine.cli")
SITE = Path(sysconfig.get_path("purelib"))


class _Answer(msgspec.Struct):
    checks: list[Check]


class Person:
    """A person with folders of their own, which hold nothing yet."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.python = sys.executable
        self.environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("MIDFILL_")
            },
            **{f"MIDFILL_{name}_HOME": str(home / name) for name in ("CACHE", "STATE", "CONFIG")},
            "MIDFILL_RUNTIME_DIR": str(home / "run"),
            "MIDFILL_MODEL": MODEL,
            "HOME": str(home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=300
        )

    def midfill(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, *COMMAND, *words)

    def shell(self, line: str) -> None:
        done = self.run("/bin/sh", "-c", line)
        assert done.returncode == 0, done.stderr

    def doctor(self, *words: str) -> list[Check]:
        """All that is wrong, but for editors, of which the machine may have any."""
        done = self.midfill("doctor", "--json", *words)
        return self.wrong(done)

    @staticmethod
    def wrong(done: subprocess.CompletedProcess[str]) -> list[Check]:
        checks = msgspec.json.decode(done.stdout, type=_Answer).checks
        assert all(check.fix for check in checks if check.status != "ok")
        assert done.returncode == any(check.status == "error" for check in checks)
        return [check for check in checks if check.status != "ok" and check.name != "editor"]

    @property
    def model(self) -> Path:
        return self.home / "CACHE" / "models" / f"{MODEL}.gguf"

    def configure(self, text: str) -> None:
        (self.home / "CONFIG").mkdir(exist_ok=True)
        (self.home / "CONFIG" / "config.toml").write_text(text)


@pytest.fixture
def person(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody with a model, and with another copy of it for `midfill models pull`."""
    home = Path(os.path.realpath(tmp_path_factory.mktemp("p")))
    made = Person(home)
    made.environment["MIDFILL_MODELS_SOURCES"] = f"file:{model_path}"
    made.model.parent.mkdir(parents=True)
    made.model.symlink_to(model_path)
    return made


def environment_of_its_own(person: Person) -> Path:
    """A virtual environment that has everything of ours, and a folder of packages in front."""
    folder = person.home / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({str(SITE)!r})\n")
    person.python = str(folder / "bin" / "python")
    return packages


def distribution(packages: Path, name: str, version: str, *files: str) -> None:
    """What pip would note of a package that it installed."""
    info = packages / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "INSTALLER").write_text("pip\n")
    listed = [*files, *(f"{info.name}/{each}" for each in ("METADATA", "INSTALLER", "RECORD"))]
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in listed))


def test_a_healthy_installation(person: Person) -> None:
    assert person.doctor() == []
    shown = person.midfill("doctor").stdout
    assert f"ok       model: {MODEL}, 491.4 MB, whole: {person.model}\n" in shown
    assert "ok       engine: " in shown


def test_no_model(person: Person) -> None:
    person.model.unlink()
    [found] = person.doctor()
    assert (found.name, found.status) == ("model", "error")
    assert f"{MODEL} is not on this machine" in found.detail
    person.shell(found.fix)
    assert person.doctor() == []


def test_a_cut_model(person: Person, model_path: Path) -> None:
    person.model.unlink()
    with model_path.open("rb") as whole:
        person.model.write_bytes(whole.read(20 << 20))
    [found] = person.doctor()
    assert (found.name, found.status) == ("model", "error")
    assert f"{person.model} is cut short" in found.detail
    person.shell(found.fix)
    assert person.doctor() == []


def test_a_foreign_socket(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFILL_RUNTIME_DIR", person.environment["MIDFILL_RUNTIME_DIR"])
    where = Address(person.model).socket
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(where))
        foreign.listen()
        [found] = person.doctor()
        assert (found.name, found.status) == ("engine", "error")
        assert f"process {os.getpid()} " in found.detail
        assert str(where) in found.detail
        person.shell(found.fix)
        assert person.doctor() == []


def test_a_full_disk(person: Person) -> None:
    disk = person.home / "disk"
    disk.mkdir()
    # A mount that only the process below it sees.
    script = f"mount -t tmpfs -o size=64k tmpfs {disk} || exit 77; head -c 64k /dev/zero > {disk}/a"
    line = f"{script}; exec {person.python} -m midfill.engine.cli doctor --json"
    elsewhere = person.environment | {"MIDFILL_MODELS_DIR": str(person.model.parent)}
    person.environment = elsewhere | {"MIDFILL_CACHE_HOME": str(disk)}
    done = person.run("unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", line)
    if not done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    [found] = person.wrong(done)
    assert (found.name, found.status) == ("disk", "error")
    assert found.detail == f"0 bytes free at {disk}"
    assert "MIDFILL_CACHE_HOME" in found.fix
    person.environment = elsewhere
    assert person.doctor() == []


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed llama-cpp-python, packed as a wheel again."""
    folder = tmp_path_factory.mktemp("wheels")
    installed = metadata.distribution(PACKAGE)
    name = f"llama_cpp_python-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for file in installed.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(str(file.locate()), str(file))
    return folder


@pytest.mark.parametrize("fault", ["damaged", "of another version"])
def test_a_wrong_build_of_llama_cpp(person: Person, wheels: Path, fault: str) -> None:
    packages = environment_of_its_own(person)
    (packages / "llama_cpp").mkdir()
    if fault == "damaged":
        (packages / "llama_cpp" / "__init__.py").write_text("raise OSError('invalid ELF header')\n")
        version, detail = "0.3.36", "0.3.36 cannot be used: OSError: invalid ELF header"
    else:
        original = SITE / "llama_cpp"
        shutil.copytree(original, packages / "llama_cpp", symlinks=True, dirs_exist_ok=True)
        version, detail = "0.2.0", f"0.2.0, but Midfill needs {requirement()}"
    distribution(packages, "llama_cpp_python", version, "llama_cpp/__init__.py")
    person.environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    [found] = person.doctor()
    assert (found.name, found.status, found.detail) == (PACKAGE, "error", detail)
    assert found.fix.startswith(f"{person.python} -m pip install --force-reinstall")
    if fault == "damaged":
        person.shell(found.fix)
        assert person.doctor() == []
    else:
        mended = person.midfill("doctor", "--fix", "--yes", "--json")
        assert person.wrong(mended) == []
        assert found.fix in mended.stderr


def test_nothing_is_installed_without_consent(person: Person) -> None:
    packages = environment_of_its_own(person)
    distribution(packages, "llama_cpp_python", "0.2.0")
    done = person.midfill("doctor", "--fix")
    assert done.returncode == 130  # the end of input is no answer
    offline = person.midfill("--offline", "doctor", "--fix", "--yes")
    assert offline.returncode == 1
    assert "offline: nothing is fetched" in offline.stderr
    assert [check.name for check in person.doctor()] == [PACKAGE]


def test_a_package_of_another_version(person: Person) -> None:
    distribution(environment_of_its_own(person), "tree_sitter", "0.26.0")
    [found] = person.doctor()
    assert (found.name, found.status) == ("packages", "error")
    assert "tree-sitter==0.25.2, found 0.26.0" in found.detail
    assert found.fix == f"{person.python} -m pip install tree-sitter==0.25.2"


def test_an_endpoint_that_is_down(person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    person.configure(f'[remote.endpoints.gpu]\nurl = "http://127.0.0.1:{port}/v1"\n')
    [found] = person.doctor()
    assert (found.name, found.status) == ("remote gpu", "error")
    assert "reachable" in found.detail
    assert Person.wrong(person.midfill("--offline", "doctor", "--json")) == []
    person.shell(found.fix.partition("without it: ")[2])
    assert person.doctor() == []


def test_a_bad_configuration_file(person: Person) -> None:
    person.configure('[engine]\nthreads = "many"\n')
    [found] = person.doctor()
    assert (found.name, found.status) == ("settings", "error")
    assert "config.toml: Expected `int`" in found.detail
    assert "$.engine.threads" in found.detail
    person.configure("[engine]\n")
    assert person.doctor() == []


def test_an_ignored_setting(person: Person) -> None:
    (person.home / ".midfill.toml").write_text("[engine]\nthreads = 1\n")
    [found] = person.doctor()
    assert (found.name, found.status) == ("settings", "warning")
    assert ".midfill.toml may not set 'engine'" in found.detail


def test_an_engine_of_another_version(person: Person) -> None:
    ours = person.python
    distribution(environment_of_its_own(person), "midfill", "0.0.1")
    started = person.midfill("engine", "start")
    assert started.returncode == 0, started.stderr
    [old] = engines(person.home)
    person.python = ours
    [found] = person.doctor()
    assert (found.name, found.status) == ("engine", "warning")
    assert f"process {old.pid} is left from version 0.0.1" in found.detail
    person.shell(found.fix)
    assert person.doctor() == []
    assert engines(person.home) == []


def test_an_engine_whose_socket_is_gone(person: Person) -> None:
    assert person.midfill("engine", "start").returncode == 0
    [running] = engines(person.home)
    [socket_file] = (person.home / "run").glob("*.sock")
    running.suspend()  # one that is well leaves by itself
    socket_file.unlink()
    [found] = person.doctor()
    assert (found.name, found.status) == ("engine", "error")
    assert f"process {running.pid} runs, but its socket is gone" in found.detail
    person.shell(found.fix)
    assert person.doctor() == []


def test_a_gpu_that_the_build_cannot_use(person: Person) -> None:
    library(person.home, 12_040, [Card()])
    person.environment["LD_LIBRARY_PATH"] = str(person.home)
    [found] = person.doctor()
    assert (found.name, found.status) == ("GPU", "warning")
    assert "NVIDIA L4, but llama-cpp-python was built without support" in found.detail
    assert found.fix.endswith("/whl/cu124")


@pytest.mark.parametrize(("layers", "status"), [(25, "ok"), (12, "warning"), (0, "warning")])
def test_the_room_on_a_gpu(layers: int, status: str) -> None:
    found = gpu_memory(Plan(layers), 25, Path("/share"))
    assert (found.status, found.fix != "") == (status, status != "ok")
    assert found.detail.startswith(f"room for {layers} of the model's 25 layers")


def test_less_of_a_gpu_after_a_failure() -> None:
    found = gpu_memory(Plan(12, share=0.7), 25, Path("/share"))
    assert "12 of the model's 25 layers in 70% of what is free" in found.detail
    assert found.fix.endswith("or now: rm /share")


def test_an_engine_that_runs_needs_no_more_memory(person: Person) -> None:
    assert "memory: the model needs" in person.midfill("doctor").stdout
    assert person.midfill("engine", "start").returncode == 0
    shown = person.midfill("doctor").stdout
    assert "ready, process" in shown
    assert "memory: the model needs" not in shown
    assert person.midfill("engine", "stop").returncode == 0
