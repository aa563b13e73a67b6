"""Which files matter from where one stands."""

from __future__ import annotations

from midfill.engine.context.rank import Graph

REFERENCES = [
    ("app.py", "compute_total", 4),
    ("app.py", "log", 1),
    ("total.py", "tax_rate", 1),
    ("other.py", "paint", 9),
]
DEFINERS = {
    "compute_total": {"total.py"},
    "log": {"log.py"},
    "tax_rate": {"tax.py"},
    "paint": {"screen.py"},
}


def test_what_a_file_refers_to_matters_and_what_that_refers_to() -> None:
    ranks = Graph(REFERENCES, DEFINERS).rank(["app.py"], set())
    assert sorted(ranks, key=lambda path: -ranks[path]) == ["total.py", "tax.py", "log.py"]
    assert ranks["total.py"] == 1.0


def test_a_mentioned_name_counts_more() -> None:
    graph = Graph(REFERENCES, DEFINERS)
    plain, mentioned = graph.rank(["app.py"], set()), graph.rank(["app.py"], {"log"})
    assert mentioned["log.py"] > plain["log.py"]


def test_a_private_name_counts_less_and_an_everyday_one_nothing() -> None:
    everywhere = {f"f{number}.py" for number in range(30)}
    references = [("a.py", "_hidden", 1), ("a.py", "shown", 1), ("a.py", "get", 99)]
    definers = {"_hidden": {"b.py"}, "shown": {"c.py"}, "get": everywhere}
    ranks = Graph(references, definers).rank(["a.py"], set())
    assert ranks.keys() == {"b.py", "c.py"}
    assert ranks["b.py"] < ranks["c.py"]


def test_an_unknown_file_has_no_ranks() -> None:
    assert Graph(REFERENCES, DEFINERS).rank(["new.py"], set()) == {}
    assert Graph([], {}).rank(["app.py"], set()) == {}
