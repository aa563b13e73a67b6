from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from midfill.engine.errors import MidfillError, UsageError
from midfill.engine.models import choose as module
from midfill.engine.models.catalogue import CATALOGUE, find
from midfill.engine.models.choose import choose, fits, resolve
from midfill.engine.models.hardware import Gpu, Hardware
from midfill.engine.settings import Engine, Settings

GIB = 1 << 30
MakeGguf = Callable[..., bytes]


def machine(
    memory: int = 32, cores: int = 8, vram: int | None = None, offload: bool = True
) -> Hardware:
    gpu = None if vram is None else Gpu("GPU", vram * GIB)
    return Hardware(memory * GIB, cores, gpu, offload)


@pytest.mark.parametrize(
    ("hardware", "pick"),
    [
        (machine(cores=2), "0.5b"),
        (machine(cores=7), "0.5b"),
        (machine(cores=8), "1.5b"),
        (machine(cores=64, memory=512), "1.5b"),
        (machine(cores=16, memory=2), "0.5b"),
        (machine(cores=1, memory=1), "0.5b"),
        (machine(cores=2, vram=2), "1.5b"),
        (machine(cores=2, vram=4), "1.5b"),
        (machine(cores=2, vram=8), "7b"),
        (machine(cores=2, vram=80), "7b"),
        (machine(cores=2, vram=80, offload=False), "0.5b"),
        (machine(cores=2, vram=0), "0.5b"),
    ],
)
def test_the_pick(hardware: Hardware, pick: str) -> None:
    choice = choose(Settings(), hardware, ())
    assert choice.pick == choice.model == find(pick)
    assert choice.explanation.startswith(f"{find(pick).name}: ")


def test_a_gpu_switched_off_does_not_count() -> None:
    settings = Settings(engine=Engine(gpu_layers=0))
    choice = choose(settings, machine(cores=2, vram=80), ())
    assert choice.pick == find("0.5b")
    assert "the GPU switched off" in choice.explanation


def test_a_longer_context_needs_a_larger_gpu() -> None:
    long = Settings(engine=Engine(context_tokens=32_768))
    assert choose(Settings(), machine(vram=7), ()).pick == find("7b")
    assert choose(long, machine(vram=7), ()).pick == find("1.5b")


def test_a_build_without_gpu_support_is_said() -> None:
    explanation = choose(Settings(), machine(vram=80, offload=False), ()).explanation
    assert "llama-cpp-python built without support for the GPU" in explanation


@pytest.mark.parametrize(
    ("hardware", "largest"),
    [
        (machine(memory=2), "1.5b"),
        (machine(memory=16, vram=16), "32b"),
        (machine(memory=16, vram=16, offload=False), "14b"),
        (Hardware(24 * GIB, 8, Gpu("Apple silicon", 16 * GIB, "metal"), True), "32b"),
    ],
)
def test_what_fits_at_all(hardware: Hardware, largest: str) -> None:
    short = [each.short for each in CATALOGUE if fits(each, Settings(), hardware)]
    assert [each for each in short if "-" not in each][-1] == largest


def test_nothing_restricted_is_ever_picked() -> None:
    for memory in range(1, 129):
        for hardware in (machine(memory), machine(vram=memory)):
            assert not choose(Settings(), hardware, ()).pick.licence.restricted


@pytest.mark.parametrize(
    ("installed", "used"),
    [
        (["0.5b", "1.5b", "7b"], "1.5b"),
        (["0.5b", "7b"], "0.5b"),
        (["0.5b", "0.5b-q8_0", "32b"], "0.5b-q8_0"),
        (["7b", "32b"], "7b"),
        (["3b", "7b"], "7b"),
        (["3b"], "3b"),
    ],
)
def test_what_is_installed_is_used(installed: list[str], used: str) -> None:
    choice = choose(Settings(), machine(), [find(name) for name in installed])
    assert choice.model == find(used)
    assert choice.pick == find("1.5b")
    assert ("midfill models pull 1.5b" in choice.explanation) is (used != "1.5b")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a machine for the 0.5B."""
    monkeypatch.setattr(module, "detect", lambda: machine(cores=2))


@pytest.mark.usefixtures("small")
def test_nothing_to_resolve(settings: Settings) -> None:
    with pytest.raises(
        MidfillError, match=r"no model on this machine: run `midfill models pull 0\.5b`"
    ):
        resolve(settings)


@pytest.mark.usefixtures("small")
def test_resolve_takes_what_is_there_and_says_so(settings: Settings, make_gguf: MakeGguf) -> None:
    path, other = (settings.models_dir / find(name).file for name in ("14b", "32b"))
    path.parent.mkdir()
    path.write_bytes(make_gguf())
    other.write_bytes(make_gguf())
    resolved = resolve(settings)
    assert (resolved.name, resolved.path) == (find("14b").name, path)
    assert "because it is installed" in resolved.explanation


def test_the_only_model_is_taken_without_a_look_at_the_machine(
    settings: Settings, make_gguf: MakeGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking the GPU's driver takes half a second, each time that the command line starts."""
    monkeypatch.setattr(module, "detect", lambda: pytest.fail("the machine was looked at"))
    path = settings.models_dir / find("32b").file
    path.parent.mkdir()
    path.write_bytes(make_gguf())
    resolved = resolve(settings)
    assert (resolved.name, resolved.path) == (find("32b").name, path)
    assert "no other is installed" in resolved.explanation


def test_resolve_a_name(settings: Settings, make_gguf: MakeGguf) -> None:
    settings = msgspec.structs.replace(settings, model="7b-q8_0")
    with pytest.raises(MidfillError, match="midfill models pull 7b-q8_0"):
        resolve(settings)
    path = settings.models_dir / find("7b-q8_0").file
    path.parent.mkdir()
    path.write_bytes(make_gguf())
    assert resolve(settings).path == path


def test_resolve_a_path(settings: Settings, make_gguf: MakeGguf, tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    settings = msgspec.structs.replace(settings, model=str(path))
    with pytest.raises(MidfillError, match="does not exist"):
        resolve(settings)
    path.write_bytes(make_gguf())
    assert (resolve(settings).name, resolve(settings).path) == ("own", path)


def test_a_bare_file_name_is_no_path(
    settings: Settings, make_gguf: MakeGguf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace's settings may hold it, and the file may be a stranger's."""
    (tmp_path / "own.gguf").write_bytes(make_gguf())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        resolve(msgspec.structs.replace(settings, model="own.gguf"))


def test_every_automatic_model_is_in_the_catalogue_from_the_smallest() -> None:
    assert sorted(module._AUTOMATIC, key=CATALOGUE.index) == list(module._AUTOMATIC)
    assert [model.size for model in module._AUTOMATIC] == ["0.5B", "1.5B", "7B"]
