"""What the output of a command says is wrong with the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from midfill.engine.repair.failures import (
    eslint,
    gcc,
    general,
    go,
    java,
    javascript,
    jest,
    node,
    pytest,
    python,
    ruff,
    rust,
    typescript,
    unittest,
)
from midfill.engine.repair.failures.failure import Failure, Frame
from midfill.engine.repair.failures.finder import Finder, NotFound
from midfill.engine.repair.failures.output import clean

Reader = Callable[[Sequence[str]], Iterator[Failure]]

# What a reader has taken the later ones do not see: test runners come before the stack traces that
# they show, and what is told apart by its look before what is not.
READERS: tuple[Reader, ...] = (
    pytest.read,
    unittest.read,
    jest.read,
    node.read,
    typescript.read,
    eslint.read,
    rust.read,
    ruff.read,
    java.read,
    gcc.read,
    go.read,
    python.read,
    javascript.read,
    general.read,
)

# Of a longer line, with the data of a test in it, the beginning says what there is to say; but a
# report may be one line of JSON.
_LONGEST_LINE = 2000
_ENTERING = re.compile(
    r"make(?:\[\d+\])?: (?P<verb>Entering|Leaving) directory ['`](?P<folder>.+)'$"
)


class Reading(msgspec.Struct, frozen=True):
    """The failures in the order of the output, whose cleaned text is `text`.

    `left_out` says of each path that a tool named and that cannot be repaired why not.
    """

    failures: tuple[Failure, ...]
    text: str
    left_out: dict[str, str]

    def told(self, failure: Failure) -> str:
        """The lines of the output that tell of the failure."""
        return "\n".join(self.text.split("\n")[slice(*failure.lines)])


def parse(text: str) -> list[Failure]:
    """Every failure that a reader recognises, with paths as printed. `text` is clean output.

    What is told again in other words than before, as in a summary at the end, is another failure;
    what is told in the same words is not.
    """
    lines = [line if line.startswith("[{") else line[:_LONGEST_LINE] for line in text.split("\n")]
    found: list[Failure] = []
    for reader in READERS:
        failures = list(reader(lines))
        found += failures
        for failure in failures:
            for at in range(*failure.lines):
                lines[at] = ""
    found.sort(key=lambda failure: failure.lines)
    return list({_what(failure): failure for failure in reversed(found)}.values())[::-1]


def read(output: str, finder: Finder) -> Reading:
    """The failures of the workspace in the output of a tool.

    Frames in other files are left out, and so are diagnostics that are only about those. A failed
    test stays: its message still says something.
    """
    text = clean(output)
    folders = _folders(text.split("\n"))
    left_out: dict[str, str] = {}

    def found(frames: Sequence[Frame], folder: str) -> Iterator[Frame]:
        for frame in frames:
            try:
                path = finder.find(frame.path, folder)
            except NotFound as reason:
                left_out[frame.path] = str(reason)
            else:
                yield msgspec.structs.replace(frame, path=path)

    failures = []
    for failure in parse(text):
        folder = folders[failure.lines[0]]
        frames = tuple(found(failure.frames, folder))
        fixits = failure.fixits if any(found(failure.frames[:1], folder)) else ()
        if frames or failure.test:
            failures.append(msgspec.structs.replace(failure, frames=frames, fixits=fixits))
    return Reading(tuple(failures), text, left_out)


def _what(failure: Failure) -> Failure:
    return msgspec.structs.replace(failure, lines=(0, 0))


def _folders(lines: Sequence[str]) -> list[str]:
    """For each line the folder that make says it is in."""
    entered: list[str] = []
    folders: list[str] = []
    for line in lines:
        said = _ENTERING.match(line)
        if said is not None and said["verb"] == "Entering":
            entered.append(said["folder"])
        elif said is not None and entered:
            entered.pop()
        folders.append(entered[-1] if entered else "")
    return folders
