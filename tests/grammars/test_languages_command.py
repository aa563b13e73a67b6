from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from midfill.engine.cli.languages import command
from midfill.grammars.registry import languages


def test_json_is_one_object_with_every_language() -> None:
    result = CliRunner().invoke(command, ["--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)["languages"]
    assert [row["name"] for row in rows] == list(languages())
    python = next(row for row in rows if row["name"] == "python")
    assert python == {
        "name": "python",
        "title": "Python",
        "parser": True,
        "definitions": True,
        "references": True,
        "enclosing": True,
        "errors": True,
    }
    markdown = next(row for row in rows if row["name"] == "markdown")
    assert markdown["errors"] is False


def test_table_names_every_language() -> None:
    result = CliRunner().invoke(command)
    assert result.exit_code == 0
    for language in languages().values():
        assert language.title in result.stdout


def test_a_missing_parser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise LookupError(name)

    monkeypatch.setattr("midfill.grammars.capabilities.grammar", missing)
    rows = json.loads(CliRunner().invoke(command, ["--json"]).stdout)["languages"]
    assert {row["name"] for row in rows if row["parser"]} == {"awk", "coffeescript"}
