"""Imports as they are written, and the files they mean."""

from __future__ import annotations

import pytest

from midfill.engine.context.resolve import Meaning, Paths

PYTHON = (
    "src/shop/__init__.py",
    "src/shop/basket.py",
    "src/shop/tax/__init__.py",
    "src/shop/tax/rates.py",
    "tests/test_shop.py",
)
TYPESCRIPT = ("src/x.ts", "src/ui/index.ts", "src/ui/b.service.ts", "src/ui/b.module.ts")
RUST = ("src/lib.rs", "src/a/mod.rs", "src/a/b.rs", "src/c.rs", "src/c/d.rs")
GO = ("go.go", "pkg/util/a.go", "pkg/util/b.go", "fmt/x.go", "cmd/shop/main.go")
JAVA = ("src/main/java/com/acme/util/Foo.java", "src/main/java/com/acme/A.java")
C = ("include/x/y.h", "src/z.c", "src/z.h", "src/main.c")


@pytest.mark.parametrize(
    ("language", "files", "importer", "target", "names", "meanings"),
    [
        ("python", PYTHON, PYTHON[4], "shop.basket", (), ["src/shop/basket.py"]),
        (
            "python",
            PYTHON,
            PYTHON[4],
            "shop",
            ("basket", "Money"),
            ["src/shop/basket.py", "src/shop/__init__.py basket Money"],
        ),
        ("python", PYTHON, PYTHON[3], "..basket", ("Basket",), ["src/shop/basket.py Basket"]),
        ("python", PYTHON, PYTHON[2], ".rates", (), ["src/shop/tax/rates.py"]),
        ("python", PYTHON, PYTHON[3], "..", ("Money",), ["src/shop/__init__.py Money"]),
        ("python", PYTHON, PYTHON[4], "os", (), []),
        ("python", PYTHON, PYTHON[4], "basket", (), []),
        ("typescript", TYPESCRIPT, "src/y.ts", "./x", (), ["src/x.ts"]),
        ("typescript", TYPESCRIPT, "src/y.ts", "./ui", (), ["src/ui/index.ts"]),
        ("typescript", TYPESCRIPT, "src/ui/index.ts", "../x.js", (), ["src/x.ts"]),
        ("typescript", TYPESCRIPT, "src/y.ts", "./ui/b.service", (), ["src/ui/b.service.ts"]),
        ("typescript", TYPESCRIPT, "src/y.ts", "@/ui/b.module", (), ["src/ui/b.module.ts"]),
        ("typescript", TYPESCRIPT, "src/y.ts", "react", (), []),
        ("rust", RUST, "src/c.rs", "crate::a::b::C", (), ["src/a/b.rs C"]),
        ("rust", RUST, "src/c.rs", "crate::a::b", ("C", "D"), ["src/a/b.rs C D"]),
        ("rust", RUST, "src/c.rs", "crate::Top", (), ["src/lib.rs Top"]),
        ("rust", RUST, "src/c/d.rs", "super::X", (), ["src/c.rs X"]),
        ("rust", RUST, "src/c.rs", "super::a::b::*", (), ["src/a/b.rs"]),
        ("rust", RUST, "src/c.rs", "d", (), ["src/c/d.rs"]),
        ("rust", RUST, "src/c.rs", "serde::Serialize", (), []),
        ("go", GO, GO[4], "github.com/me/p/pkg/util", (), ["pkg/util/a.go", "pkg/util/b.go"]),
        ("go", GO, GO[4], "github.com/me/p/fmt", (), ["fmt/x.go"]),
        ("go", GO, GO[4], "fmt", (), []),
        ("java", JAVA, JAVA[1], "com.acme.util.Foo", (), [JAVA[0]]),
        ("java", JAVA, JAVA[1], "com.acme.util.Foo.bar", (), [f"{JAVA[0]} bar"]),
        ("java", JAVA, JAVA[1], "java.util.List", (), []),
        ("c", C, "src/main.c", "x/y.h", (), ["include/x/y.h"]),
        ("c", C, "src/main.c", "z.h", (), ["src/z.h"]),
        ("c", C, "src/main.c", "stdio.h", (), []),
        (
            "php",
            ("app/Models/User.php",),
            "x.php",
            "App\\Models\\User",
            (),
            ["app/Models/User.php"],
        ),
        ("ruby", ("lib/a/b.rb",), "bin/x.rb", "a/b", (), ["lib/a/b.rb"]),
        ("csharp", ("Util/Foo.cs", "P.cs"), "P.cs", "Acme.Util", (), ["Util/Foo.cs"]),
        ("haskell", ("src/Data/Foo.hs",), "app/Main.hs", "Data.Foo", (), ["src/Data/Foo.hs"]),
        ("lua", ("lua/m/init.lua", "lua/m/a.lua"), "x.lua", "m", (), ["lua/m/init.lua"]),
        ("dart", ("lib/bar.dart",), "bin/a.dart", "package:foo/bar.dart", (), ["lib/bar.dart"]),
        ("zig", ("src/a/b.zig",), "src/main.zig", "a/b.zig", (), ["src/a/b.zig"]),
    ],
)
def test_import(
    language: str,
    files: tuple[str, ...],
    importer: str,
    target: str,
    names: tuple[str, ...],
    meanings: list[str],
) -> None:
    paths = Paths(dict.fromkeys(files, language))
    found = paths.resolve(target, names, importer, language)
    assert found == [Meaning(path, tuple(taken)) for path, *taken in map(str.split, meanings)]


def test_of_two_projects_the_nearer_one_is_meant() -> None:
    files = ("one/shop/tax.py", "two/shop/tax.py", "two/app.py")
    paths = Paths(dict.fromkeys(files, "python"))
    assert paths.resolve("shop.tax", (), "two/app.py", "python") == [Meaning("two/shop/tax.py")]


def test_other_languages_are_not_meant() -> None:
    paths = Paths({"src/a.ts": "typescript", "src/a.py": "python", "src/b.vue": "vue"})
    assert paths.resolve("./a", (), "src/b.vue", "vue") == [Meaning("src/a.ts")]
