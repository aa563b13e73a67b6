"""Runs a program and its tests: `python -I trial.py LANGUAGE PROGRAM TESTS`; status 0: they pass.

A script of its own, because it is the test command that is given to a repair. The tests see what
the program defines, as if they stood at its end. Both are compiled under their own names, so that
what is said of the program names its file and lines.

It guards against what a model may write by accident, not against an attacker: limits on time and
memory, and, where the system can, no network and no writing of files.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

SECONDS = 10  # of processor time, so that a busy machine does not count
MEGABYTES = 1024
_LONGEST_S = 60  # by the clock, for whoever sleeps; a compiler too
# Not 0: a program that ends itself before its tests has not passed. The sandbox's is the same.
_PASSED = 42

# From <sched.h>, <linux/prctl.h>, <linux/landlock.h>; the numbers of system calls are the same on
# every processor.
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
# The rights of the first version of Landlock that change something.
_WRITING = 1 << 1 | sum(1 << right for right in range(4, 13))

# `require` is global in a script that node is given like this. Its console.assert only says that
# something failed; here it says what, and the status tells it too.
_NODE = rf"""
const fs = require("fs"), vm = require("vm"), {{ assert }} = console;
console.assert = (passes, ...said) => {{
    if (passes) return;
    const [, file, line] = /([^ (]+):(\d+):\d+\)?$/.exec(new Error().stack.split("\n")[2]);
    assert(false, ...said);
    console.error(`    at ${{file}}:${{line}}: ${{texts[file].split("\n")[line - 1].trim()}}`);
    process.exitCode = 1;
}};
const texts = {{}};
for (const file of process.argv.slice(1)) texts[file] = fs.readFileSync(file, "utf8");
for (const filename in texts) vm.runInThisContext(texts[filename], {{ filename }});
process.exitCode ??= {_PASSED};
"""
_C_OPTIONS = ("-g", "-fsanitize=address", "-pthread", "-fdiagnostics-color=never", "-Werror")
_VARIABLES = {
    "ASAN_OPTIONS": f"detect_leaks=0:color=never:hard_rss_limit_mb={MEGABYTES}",
    "RUST_BACKTRACE": "0",
}


class Failed(Exception):
    """The program does not compile, or does not pass."""


def main(language: str, program: str, tests: str) -> int:
    """Compile, run, and return the exit status."""
    with tempfile.TemporaryDirectory(prefix="midfill-") as folder:
        try:
            _RUNNERS[language](Path(program).absolute(), Path(tests).absolute(), Path(folder))
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


def _python(program: Path, tests: Path, folder: Path) -> None:
    sandbox = Path(__file__).parents[1] / "sandbox.py"
    limits = (str(SECONDS + 1), str(MEGABYTES))
    options = ("-I", "-S", "-B", str(sandbox), *limits, _shown(program), str(tests))
    _run((sys.executable, *options), _PASSED, own_limits=True)


def _javascript(program: Path, tests: Path, folder: Path) -> None:
    heap = f"--max-old-space-size={MEGABYTES}"
    argv = ("node", heap, "--eval", _NODE, "--", _shown(program), str(tests))
    _run(argv, _PASSED, own_limits=True)


def _c(program: Path, tests: Path, folder: Path) -> None:
    _compiled("gcc", program, tests, folder / "program", "-lm")


def _cpp(program: Path, tests: Path, folder: Path) -> None:
    _compiled("g++", program, tests, folder / "program", "-std=c++17")


def _compiled(compiler: str, program: Path, tests: Path, target: Path, *options: str) -> None:
    files = ("-include", _shown(program), str(tests), "-o", str(target))
    _compile((compiler, *_C_OPTIONS, *files, *options))
    _run((str(target),), own_limits=True)


def _rust(program: Path, tests: Path, folder: Path) -> None:
    crate, target = folder / "program.rs", folder / "program"
    crate.write_text(f'include!("{program}");\ninclude!("{tests}");\n', "utf-8")
    options = ("--edition=2021", "--test", "--color=never", "-Awarnings", "-Cdebuginfo=0")
    _compile(("rustc", *options, str(crate), "-o", str(target)))
    _run((str(target), "--test-threads=1"))


_RUNNERS = {"python": _python, "javascript": _javascript, "c": _c, "cpp": _cpp, "rust": _rust}


def _shown(program: Path) -> str:
    """The path by which people know it."""
    return os.path.relpath(program)


def _compile(argv: Sequence[str]) -> None:
    if _status(argv):
        raise Failed("the program does not compile")


def _run(argv: Sequence[str], passed: int = 0, *, own_limits: bool = False) -> None:
    """Run it confined.

    Args:
        passed: the exit status of success.
        own_limits: it limits its memory itself, since it needs more address space than memory.
    """
    variables = {**os.environ, **_VARIABLES}
    confine = partial(_confine, own_limits)
    status = _status(argv, env=variables, preexec_fn=confine)
    if status == -signal.SIGXCPU:
        raise Failed(f"the tests were ended after {SECONDS} s of processor time")
    if status != passed:
        raise Failed(f"the tests do not pass (status {status})")


def _status(argv: Sequence[str], **options: Any) -> int:
    null = subprocess.DEVNULL
    try:
        done = subprocess.run(argv, stdin=null, timeout=_LONGEST_S, check=False, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"ended after {_LONGEST_S} s") from None
    return done.returncode


def _confine(own_limits: bool) -> None:
    """Limit what this process, and what it starts, can do."""
    if os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not own_limits:
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    system.unshare(_NEW_USER | _NEW_NETWORK)
    handled = ctypes.c_uint64(_WRITING)
    rules = system.syscall(_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules >= 0:
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        system.syscall(_RESTRICT_SELF, rules, 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
