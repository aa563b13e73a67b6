"""What is typed: always the same, and in the end the files as they were."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midfill.engine.bench.buffer import Buffer
from midfill.engine.bench.trace import Trace, Visit, make
from midfill.engine.bench.typist import edit
from midfill.engine.errors import UsageError
from midfill.lsp.document import Document, Position

# Lines of a function's body; what matters is which characters they hold.
_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
_BODY = st.lists(_LINE, min_size=1, max_size=8)


def _module(bodies: list[list[str]]) -> str:
    functions = []
    for number, body in enumerate(bodies):
        lines = "\n".join(f"    {line!r}" if line else "" for line in body)
        name = f"function_of_so_many_lines_that_it_is_typed_{number}"
        functions.append(f"def {name}(first, second):\n{lines}\n    return {number}\n")
    return "\n\n".join(functions)


def _replayed(trace: Trace, suggest: Callable[[str], str]) -> list[str]:
    """The documents after all visits, as the editor and as the language server have them.

    `suggest` makes what is on the screen of what is still to be typed.
    """
    buffers = [Buffer("file:///x", "x", source.opening) for source in trace.documents]
    servers = [Document("file:///x", source.opening) for source in trace.documents]
    for visit in trace.visits:
        buffer, server = buffers[visit.document], servers[visit.document]
        buffer.cursor, done = visit.start, 0
        for stroke in visit.strokes:
            change = edit(visit, stroke, done, suggest(visit.text[done:]))
            if change is None:
                continue
            done = change.done
            edited = buffer.replace(not change.inserted, change.inserted)
            server.edit(Position(*edited.start), Position(*edited.end), edited.inserted)
        assert buffer.text[visit.start : buffer.cursor] == visit.text
    for buffer, server in zip(buffers, servers, strict=True):
        assert buffer.text == server.text
    return [buffer.text for buffer in buffers]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(_BODY, min_size=1, max_size=4), min_size=1, max_size=3),
    st.integers(1, 400),
    st.integers(),
    st.integers(0, 40),
    st.sampled_from(["", "wrong", "\n    wrong"]),
)
def test_every_document_becomes_its_file_again(
    modules: list[list[list[str]]], keys: int, seed: int, right: int, wrong: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"m{number}.py") for number in range(len(modules))]
        for file, bodies in zip(files, modules, strict=True):
            file.write_text(_module(bodies), "utf-8")
        trace = make(files, keys, seed)
    texts = [_module(bodies) for bodies in modules]
    assert _replayed(trace, lambda wanted: wanted[:right] + wrong) == texts


def test_the_same_seed_gives_the_same_trace(files: tuple[Path, ...]) -> None:
    assert make(files, 300, 7) == make(files, 300, 7)
    assert make(files, 300, 7) != make(files, 300, 8)


def test_the_person_opens_every_file_once_and_jumps_between_functions(
    files: tuple[Path, ...],
) -> None:
    visits = make(files, 600, 0).visits
    opened = [visit.document for visit in visits if visit.arrival == "open"]
    assert sorted(opened) == [0, 1]
    assert sum(visit.arrival == "jump" for visit in visits) >= 2


def test_there_are_errors_and_they_are_corrected(files: tuple[Path, ...]) -> None:
    strokes = [stroke for visit in make(files, 600, 0).visits for stroke in visit.strokes]
    deleted = [stroke for stroke in strokes if not stroke.insert]
    assert 0 < len(deleted) < len(strokes) / 5
    assert all(stroke.slips for stroke in deleted)


def test_the_pace_is_a_persons(files: tuple[Path, ...]) -> None:
    pauses = sorted(s.pause for visit in make(files, 600, 0).visits for s in visit.strokes)
    assert 0.14 < pauses[len(pauses) // 2] < 0.22
    assert pauses[0] >= 0.04
    assert pauses[-1] <= 3


def test_the_amount_is_about_what_was_asked_for(files: tuple[Path, ...]) -> None:
    def typed(keys: int) -> int:
        return sum(len(visit.text) for visit in make(files, keys, 0).visits)

    assert 100 <= typed(150) <= 230
    assert typed(10_000) == typed(100_000)


def test_enter_and_the_indentation_after_it_are_one_key(files: tuple[Path, ...]) -> None:
    keys = {stroke.insert for visit in make(files, 600, 0).visits for stroke in visit.strokes}
    assert "\n        " in keys
    assert all(len(key) == 1 or key.isspace() for key in keys if key)


def test_files_of_the_same_name_keep_apart(tmp_path: Path, files: tuple[Path, ...]) -> None:
    other = tmp_path / "other" / "greeter.py"
    other.parent.mkdir()
    other.write_text(files[0].read_text("utf-8"), "utf-8")
    names = [source.name for source in make([files[0], other], 100, 0).documents]
    assert len(set(names)) == 2


def test_a_file_without_functions_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.py"
    file.write_text("x = 1\n")
    with pytest.raises(UsageError, match="no function"):
        make([file], 100, 0)


def test_a_file_of_no_language_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data.unknown"
    file.write_text("x")
    with pytest.raises(UsageError, match="language"):
        make([file], 100, 0)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        make([file], 100, 0)


class TestTaking:
    """A person takes the right lines of a suggestion, where that saves some typing."""

    @pytest.fixture
    def visit(self, files: tuple[Path, ...]) -> Visit:
        """One that has several lines."""
        return max(make(files, 600, 0).visits, key=lambda visit: visit.text.count("\n"))

    def taken(self, visit: Visit, suggestion: str) -> str:
        stroke = next(stroke for stroke in visit.strokes if stroke.takes)
        change = edit(visit, stroke, stroke.at, suggestion)
        assert change is not None
        return change.inserted if change.taken else ""

    def test_all_of_it(self, visit: Visit) -> None:
        at = next(stroke.at for stroke in visit.strokes if stroke.takes)
        assert self.taken(visit, visit.text[at:]) == visit.text[at:]

    def test_the_lines_that_are_right(self, visit: Visit) -> None:
        at = next(stroke.at for stroke in visit.strokes if stroke.takes)
        line = visit.text[at:].partition("\n")[0]
        assert len(line) >= 8
        assert self.taken(visit, line + "\n    something else") == line

    def test_not_a_line_that_goes_wrong(self, visit: Visit) -> None:
        at = next(stroke.at for stroke in visit.strokes if stroke.takes)
        assert self.taken(visit, visit.text[at : at + 12] + "~") == ""

    def test_not_a_few_characters(self, visit: Visit) -> None:
        at = next(stroke.at for stroke in visit.strokes if stroke.takes)
        assert self.taken(visit, visit.text[at : at + 7]) == ""

    def test_a_key_that_was_saved_is_not_struck(self, visit: Visit) -> None:
        assert edit(visit, visit.strokes[0], 1, "") is None
