from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest

from midfill.grammars.registry import FOLDER, language_for, languages

# fmt: off
MCEVAL = [
    "awk", "c", "cpp", "csharp", "coffeescript", "common_lisp", "dart", "elixir", "emacs_lisp",
    "erlang", "fsharp", "fortran", "go", "groovy", "haskell", "html", "java", "javascript",
    "json", "julia", "kotlin", "lua", "markdown", "pascal", "perl", "php", "powershell", "python",
    "r", "racket", "ruby", "rust", "scala", "scheme", "shell", "swift", "tcl", "typescript",
    "vimscript", "visual_basic",
]
# fmt: on


def test_all_forty_languages_of_mceval() -> None:
    assert len(MCEVAL) == 40
    assert set(MCEVAL) <= set(languages())


def test_at_least_75_languages() -> None:
    assert len(languages()) >= 75


def test_every_folder_is_a_whole_language() -> None:
    for name, language in languages().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert language.title
        assert (language.grammar is None) != (language.scanner is None), name
        assert language.extensions or language.filenames, name
        assert not language.inherits or language.inherits in languages(), name


def test_ids_and_file_names_belong_to_one_language() -> None:
    for field in ("ids", "filenames", "interpreters"):
        counts = Counter(key for each in languages().values() for key in getattr(each, field))
        assert [key for key, count in counts.items() if count > 1] == []


def test_a_shared_extension_is_decided_by_a_signature() -> None:
    owners: dict[str, list[str]] = {}
    for name, language in languages().items():
        for extension in language.extensions:
            owners.setdefault(extension, []).append(name)
    for extension, names in owners.items():
        undecided = [name for name in names if not languages()[name].signature]
        assert len(undecided) <= 1, f"{extension}: {undecided}"


@pytest.mark.parametrize(
    ("path", "language_id", "first_line", "expected"),
    [
        ("src/app.py", None, None, "python"),
        ("src/APP.PY", None, None, "python"),
        ("app.d.ts", None, None, "typescript"),
        ("Rakefile", None, None, "ruby"),
        ("Makefile.am", None, None, "make"),
        ("Dockerfile.dev", None, None, "dockerfile"),
        ("CMakeLists.txt", None, None, "cmake"),
        ("include/shape.h", "cpp", None, "cpp"),
        ("include/shape.h", None, None, "c"),
        ("notes", "plaintext", "", None),
        ("notes.unknown", None, None, None),
        (None, "shellscript", None, "shell"),
        (None, None, None, None),
        ("tool", None, "#!/usr/bin/env python3", "python"),
        ("tool", None, "#!/usr/bin/env -S node --no-warnings", "javascript"),
        ("tool", None, "#!/bin/sh -e", "shell"),
        ("tool", None, "#!/usr/local/bin/lua5.4", "lua"),
        ("tool", None, "#! /usr/bin/perl -w", "perl"),
        ("include/shape.h", None, "#pragma once\n\nnamespace shapes {\n", "cpp"),
        ("include/shape.h", None, "// -*- C++ -*-", "cpp"),
        ("include/shape.h", None, "#include <stdio.h>\nint f(void);\n", "c"),
        ("shape.scm", None, "#lang racket", "racket"),
        ("shape.scm", None, "(define x 1)", "scheme"),
        ("shape.m", None, "#import <Foundation/Foundation.h>", "objective_c"),
        ("shape.m", None, "function area = shape(radius)", "matlab"),
        ("shape.m", None, None, "objective_c"),
    ],
)
def test_detection(
    path: str | None, language_id: str | None, first_line: str | None, expected: str | None
) -> None:
    found = language_for(path, language_id, first_line)
    assert (found.name if found else None) == expected


def test_the_registry_loads_no_parser() -> None:
    script = (
        "import sys; from midfill.grammars.registry import language_for;"
        "assert language_for('a.py').name == 'python';"
        "assert 'tree_sitter' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_queries_belong_to_a_language() -> None:
    assert {file.parent.name for file in FOLDER.glob("*/*.scm")} <= set(languages())
