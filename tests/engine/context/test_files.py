from __future__ import annotations

import os
from pathlib import Path

import pytest

from midfill.engine.context.files import LARGEST, Files, unreadable


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def walked(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in Files(root).walk()]


def test_only_files_of_known_languages(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b/c.rs", "b/d.bin", "Makefile", "photo.jpg", "script")
    assert walked(tmp_path) == ["Makefile", "a.py", "b/c.rs", "script"]


def test_git_ignore_files_of_all_levels(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "out/b.py", "lib/c.py", "lib/keep.py", "lib/sub/d.py", "lib/sub/e.py")
    write(tmp_path, ".gitignore", text="/out/\nc.py\n*.pyc\n!\n")
    write(tmp_path, "lib/.gitignore", text="sub/*\n!sub/e.py\n")
    assert walked(tmp_path) == ["a.py", "lib/keep.py", "lib/sub/e.py"]
    files = Files(tmp_path)
    assert files.excluded(tmp_path / "out/b.py") == "ignored by git"
    assert files.excluded(tmp_path / "out/not/there.py") == "ignored by git"
    assert files.excluded(tmp_path / "lib/sub/e.py") is None


def test_an_inner_file_can_take_back_what_an_outer_one_ignores(tmp_path: Path) -> None:
    write(tmp_path, "a.gen.py", "lib/b.gen.py")
    write(tmp_path, ".gitignore", text="*.gen.py\n")
    write(tmp_path, "lib/.gitignore", text="!b.gen.py\n")
    assert walked(tmp_path) == ["lib/b.gen.py"]


def test_what_the_repository_around_ignores(tmp_path: Path) -> None:
    write(tmp_path, "pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/in/d.py")
    write(tmp_path, ".gitignore", text="/pkg/b.py\n/elsewhere/\n")
    write(tmp_path, ".git/info/exclude", text="c.py\n")
    assert walked(tmp_path / "pkg") == ["a.py", "in/d.py"]


def test_a_workspace_that_its_repository_ignores_was_opened_on_purpose(tmp_path: Path) -> None:
    write(tmp_path, "build/a.py", "build/sub/b.py")
    write(tmp_path, ".gitignore", ".git/config", text="build/\n")
    assert walked(tmp_path / "build") == ["a.py", "sub/b.py"]
    assert walked(tmp_path / "build" / "sub") == ["b.py"]


def test_our_own_ignore_file_only_adds(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.py", "c.py")
    write(tmp_path, ".gitignore", text="a.py\n")
    write(tmp_path, ".midfillignore", text="!a.py\nb.py\n")
    assert walked(tmp_path) == ["c.py"]
    assert Files(tmp_path).excluded(tmp_path / "b.py") == "ignored by .midfillignore"


def test_dependencies_caches_and_version_control(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "node_modules/m/i.js", "env/pyvenv.cfg", "env/lib/b.py")
    write(tmp_path, "__pycache__/c.py", ".git/hooks/d.py", "package-lock.json", "poetry.lock")
    assert walked(tmp_path) == ["a.py"]


@pytest.mark.parametrize(
    "name", [".env", ".env.local", "id_rsa", "server.pem", "prod.tfvars", ".ssh/config.py"]
)
def test_files_that_look_like_secrets(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert Files(tmp_path).excluded(tmp_path / name) == "may hold secrets"
    assert walked(tmp_path) == []


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a.py", "sub/b.py")
    write(tmp_path, "outside/c.py")
    (root / "sub" / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "alias.py").symlink_to(root / "a.py")
    files = Files(root)
    assert [path.name for path in files.walk()] == ["a.py", "b.py"]
    assert files.skipped["symbolic link"] == 3
    assert files.excluded(root / "out" / "c.py") == "outside of the workspace"
    assert files.excluded(root / "alias.py") is None


def test_paths_that_lead_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "secret.py", "root/a.py")
    assert Files(root).excluded(root / ".." / "secret.py") == "outside of the workspace"
    assert Files(root).excluded(Path("/etc/passwd")) == "outside of the workspace"


def test_large_files_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.py", text="#" * (LARGEST + 1))
    files = Files(tmp_path)
    assert not list(files.walk())
    assert dict(files.skipped) == {"larger than 1 MiB": 1}


def test_a_folder_with_a_workspace_of_its_own_belongs_to_that(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "inner/b.py")
    files = Files(tmp_path, apart=[tmp_path / "inner", tmp_path])
    assert [path.name for path in files.walk()] == ["a.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser can read every folder")
def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    files = Files(tmp_path)
    assert [path.name for path in files.walk()] == ["a.py"]
    assert files.skipped["unreadable"] == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\n", ""),
        (b"", ""),
        (b"x = 1\n\0\n", "binary"),
        (b"x=1;" * 1000, "minified"),
        (b"// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n", "generated"),
        (b"# @generated by a tool\n", "generated"),
        (b"# generated = True\n# do not edit the other file\n", ""),
    ],
)
def test_contents_of_no_use(data: bytes, reason: str) -> None:
    assert unreadable(data) == reason


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there alone")
def test_what_is_no_file_with_a_name_is_excluded(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"latin\xe9.py")).write_text("x = 1\n")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "itself.py").symlink_to("itself.py")
    files = Files(tmp_path)
    assert list(files.walk()) == []
    assert files.excluded(tmp_path / os.fsdecode(b"latin\xe9.py")) == "its name is not UTF-8"
    assert files.excluded(tmp_path / "pipe.py") == "no regular file"
    assert files.excluded(tmp_path / "itself.py") is None  # and cannot be read
