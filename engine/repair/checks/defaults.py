"""How a language is checked where the person names no linter and the tools are there.

None of these runs code that a model may have written: they parse, resolve names and types. What
would run some of it (a Rust build script, a procedural macro) is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from shutil import which

from midfill.engine import regular
from midfill.engine.context.files import LARGEST
from midfill.engine.repair.command import Command
from midfill.grammars.registry import language_for

# Only what is wrong whatever one's taste: syntax, comparisons and formats that cannot be meant,
# names that are not defined.
_RUFF = "E9,F63,F7,F82"
_RULE = re.compile(r"[A-Z]+\d+")
_COMPILE = (
    "import sys\nfor name in sys.argv[1:]:\n    compile(open(name, 'rb').read(), name, 'exec')"
)
# It would fetch modules, or another version of itself.
_GO = ("env", "GOPROXY=off", "GOTOOLCHAIN=local", "go")
_PROCEDURAL = re.compile(r"^\s*proc-macro\s*=\s*true", re.MULTILINE)


def commands(root: Path, files: Sequence[str], scratch: Path) -> list[Command]:
    """What checks the files, whose paths are relative to the folder `root`.

    Args:
        scratch: a folder for what compilers write.
    """
    by_tool: dict[_Tool, list[str]] = {}
    for file in files:
        language = language_for(file)
        tool = _TOOLS.get(language.name) if language else None
        if tool is not None:
            by_tool.setdefault(tool, []).append(_named(file))
    return [each for tool, chosen in by_tool.items() for each in tool(root, chosen, scratch)]


def reporting(source: str, code: str, file: str) -> Command | None:
    """What tells also the fault `code` of the tool `source`; None: `commands` does, or nothing.

    `file` is relative to the workspace.
    """
    if source.lower() == "ruff" and _RULE.fullmatch(code) and which("ruff"):
        return _ruff((_named(file),), code)
    return None


_Tool = Callable[[Path, Sequence[str], Path], Iterator[Command]]


def _python(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    if which("ruff"):
        yield _ruff(files)
    else:
        yield Command((sys.executable, "-I", "-W", "ignore", "-c", _COMPILE, *files))


def _ruff(files: Sequence[str], *codes: str) -> Command:
    options = ("--no-cache", "--output-format=concise", "--select", ",".join((_RUFF, *codes)))
    return Command(("ruff", "check", *options, *files))


def _javascript(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    for file in files:
        if which("node") and file.endswith((".js", ".mjs", ".cjs")):
            yield Command(("node", "--check", file))


def _typescript(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    for folder in _projects(root, files, "tsconfig.json"):
        local = next(
            (each for each in (root / folder, *(root / folder).parents)
             if (each / "node_modules" / ".bin" / "tsc").exists() and each.is_relative_to(root)),
            None,
        )  # fmt: skip
        tsc = str(local / "node_modules" / ".bin" / "tsc") if local else which("tsc")
        if tsc:
            yield Command((tsc, "--noEmit", "--incremental", "false", "--pretty", "false"), folder)


def _c(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    yield from _compiled(("gcc", "clang", "cc"), files)


def _cpp(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    yield from _compiled(("g++", "clang++", "c++"), files)


def _compiled(compilers: Sequence[str], files: Sequence[str]) -> Iterator[Command]:
    compiler = next(filter(which, compilers), None)
    if compiler:
        options = ("-fsyntax-only", "-fdiagnostics-parseable-fixits", "-I.")
        yield Command((compiler, *options, *files))


def _rust(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    options = ("--emit=metadata", "--edition=2021", "--crate-type=lib", "--out-dir", str(scratch))
    for folder in _projects(root, files, "Cargo.toml"):
        inside = [file for file in files if PurePosixPath(file).is_relative_to(folder)]
        runs = any(PurePosixPath(file).name == "build.rs" for file in inside)
        manifest = _text(root / folder / "Cargo.toml")
        if which("cargo") and not runs and not _PROCEDURAL.search(manifest):
            yield Command(("cargo", "check", "--offline", "--quiet", "--all-targets"), folder)
    for file in files:
        if which("rustc") and _project(root, file, "Cargo.toml") is None:
            yield Command(("rustc", *options, file))


def _go(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    for folder in _projects(root, files, "go.mod") if which("go") else ():
        inside = (PurePosixPath(file).parent for file in files)
        packages = {each.relative_to(folder) for each in inside if each.is_relative_to(folder)}
        yield Command((*_GO, "vet", *(f"./{each}" for each in sorted(packages))), folder)


def _java(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    if which("javac"):
        sources = ":".join(sorted({_source_root(root, file) for file in files}))
        options = ("-proc:none", "-d", str(scratch), "-sourcepath", sources)
        yield Command(("javac", *options, *files))


def _shell(root: Path, files: Sequence[str], scratch: Path) -> Iterator[Command]:
    for file in files:
        if which("bash"):
            yield Command(("bash", "-n", file))


_TOOLS: dict[str, _Tool] = {
    "python": _python,
    "javascript": _javascript,
    "typescript": _typescript,
    "tsx": _typescript,
    "c": _c,
    "cpp": _cpp,
    "rust": _rust,
    "go": _go,
    "java": _java,
    "shell": _shell,
}


def _named(file: str) -> str:
    """The path, so that no tool takes it for an option, or for a file of options."""
    return f"./{file}" if file.startswith(("-", "@")) else file


def _text(file: Path) -> str:
    """What is in a file, as far as it can be read."""
    try:
        return regular.read(file, LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _projects(root: Path, files: Sequence[str], manifest: str) -> list[str]:
    """The folders of the projects that the files belong to."""
    found = (_project(root, file, manifest) for file in files)
    return sorted({folder for folder in found if folder is not None})


def _project(root: Path, file: str, manifest: str) -> str | None:
    folders = PurePosixPath(file).parents
    return next((str(each) for each in folders if (root / each / manifest).exists()), None)


def _source_root(root: Path, file: str) -> str:
    """The folder that the package of a Java file is relative to."""
    text = _text(root / file)
    package = re.search(r"^\s*package\s+([\w.]+)\s*;", text, re.MULTILINE)
    depth = len(package[1].split(".")) if package else 0
    folders = [str(each) for each in PurePosixPath(file).parents]
    return folders[min(depth, len(folders) - 1)]
