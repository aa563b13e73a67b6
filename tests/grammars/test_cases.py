"""One case for each language: a sample file beside what must be found in it.

`‸` in the sample marks the cursor. A new language needs a folder in `cases`, named like its own:
`sample.<extension>` and `expected.toml`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from midfill.grammars.capabilities import capabilities
from midfill.grammars.cursor import block_at, enclosing_definition
from midfill.grammars.faults import new_errors, syntax_errors
from midfill.grammars.outline import (
    KINDS,
    definitions,
    imports,
    references,
)
from midfill.grammars.registry import Language, language_for, languages
from midfill.grammars.tree import Tree, parse

CASES = Path(__file__).parent / "cases"
CURSOR = "‸"
HERE = [name for name, language in languages().items() if not language.isolated]


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """`error` is text that makes the sample wrong where the cursor stands.

    `valid` is false where the parser reports errors in the sample, which is valid all the same.
    """

    definitions: list[str]
    documented: list[str]
    references: list[str]
    imports: list[str]
    enclosing: str
    block: list[str]
    error: str = ""
    valid: bool = True


class Sample:
    def __init__(self, name: str) -> None:
        self.language: Language = languages()[name]
        folder = CASES / name
        assert folder.is_dir(), f"{name} has no case: add {folder.relative_to(CASES.parents[2])}"
        self.file = next(folder.glob("[!e]*"))
        marked = self.file.read_text("utf-8")
        assert marked.count(CURSOR) == 1
        self.cursor = marked.index(CURSOR)
        self.text = marked.replace(CURSOR, "")
        expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
        self.expected = msgspec.convert(expected, Case)
        self.tree: Tree = parse(self.language, self.text)


@pytest.fixture(scope="module", params=HERE)
def sample(request: pytest.FixtureRequest) -> Sample:
    return Sample(request.param)


def test_file_name_tells_the_language(sample: Sample) -> None:
    first_line = sample.text.partition("\n")[0]
    assert language_for(path=sample.file, first_line=first_line) == sample.language


def test_definitions(sample: Sample) -> None:
    found = definitions(sample.tree)
    assert [f"{each.kind} {each.qualified}" for each in found] == sample.expected.definitions
    assert [each.qualified for each in found if each.doc] == sample.expected.documented


def test_definitions_lie_in_the_text(sample: Sample) -> None:
    for each in definitions(sample.tree):
        assert each.kind in KINDS
        assert sample.text.startswith(each.name, each.name_start)
        assert each.start <= each.name_start < each.end <= len(sample.text)


def test_references(sample: Sample) -> None:
    found = [f"{each.kind} {each.name}" for each in references(sample.tree)]
    assert found == sample.expected.references


def test_imports(sample: Sample) -> None:
    found = [
        f"{each.path}: {', '.join(each.names)}" if each.names else each.path
        for each in imports(sample.tree)
    ]
    assert found == sample.expected.imports


def test_enclosing_definition(sample: Sample) -> None:
    found = enclosing_definition(sample.tree, sample.cursor)
    assert (found.qualified if found else "") == sample.expected.enclosing
    if found:
        assert found in definitions(sample.tree)


def test_block_at_the_cursor(sample: Sample) -> None:
    block = block_at(sample.tree, sample.cursor)
    lines = sample.text[block.start : block.end].strip().splitlines() if block else ["", ""]
    assert [lines[0].strip(), lines[-1].strip()] == sample.expected.block


def test_valid_code_has_no_syntax_errors(sample: Sample) -> None:
    assert bool(syntax_errors(sample.tree)) != sample.expected.valid


def test_injected_error_is_new(sample: Sample) -> None:
    text, cursor = sample.text, sample.cursor
    broken = parse(sample.language, text[:cursor] + sample.expected.error + text[cursor:])
    assert bool(new_errors(sample.tree, broken)) == sample.language.reports_errors


def test_moved_errors_are_not_new(sample: Sample) -> None:
    text, cursor = sample.text, sample.cursor
    broken = text[:cursor] + sample.expected.error + text[cursor:]
    before = parse(sample.language, broken)
    assert not new_errors(before, parse(sample.language, broken + "\n\n"))
    assert not new_errors(before, parse(sample.language, broken, old=sample.tree))


def test_capabilities_are_what_the_case_shows(sample: Sample) -> None:
    claimed = capabilities(sample.language)
    assert claimed.parser
    assert claimed.definitions == bool(sample.expected.definitions)
    assert claimed.references == bool(sample.expected.references)
    assert claimed.enclosing == bool(sample.expected.enclosing)
    assert claimed.errors == bool(sample.expected.error)
