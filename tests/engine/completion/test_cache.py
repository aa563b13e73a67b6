"""The typed-through cache."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from midfill.engine.completion.cache import Cache

BEFORE = "def area(r):\n    "
AFTER = "\n\nprint(area(2))\n"
TEXT = "return 3.14 * r ** 2"


def _cache(text: str = TEXT, after: str = AFTER) -> Cache:
    cache = Cache()
    cache.put("a.py", BEFORE, after, text)
    return cache


def test_the_same_place() -> None:
    assert _cache().get("a.py", BEFORE, AFTER) == TEXT


def test_typed_into() -> None:
    assert _cache().get("a.py", BEFORE + "return 3", AFTER) == ".14 * r ** 2"


def test_typed_something_else() -> None:
    assert _cache().get("a.py", BEFORE + "return 4", AFTER) is None


def test_typed_to_its_end() -> None:
    assert _cache().get("a.py", BEFORE + TEXT, AFTER) is None


def test_another_suffix_is_another_place() -> None:
    assert _cache().get("a.py", BEFORE, "\n") is None


def test_another_document() -> None:
    assert _cache().get("b.py", BEFORE, AFTER) is None


def test_the_longest_rest_wins() -> None:
    cache = _cache()
    cache.put("a.py", BEFORE + "return ", AFTER, "r * r")
    assert cache.get("a.py", BEFORE + "return ", AFTER) == "3.14 * r ** 2"
    cache.put("a.py", BEFORE + "return 3", AFTER, ".14159 * math.pow(r, 2)")
    assert cache.get("a.py", BEFORE + "return 3.14", AFTER) == "159 * math.pow(r, 2)"


def test_how_far_back_it_looks() -> None:
    text = "x" * 200
    assert _cache(text).get("a.py", BEFORE + text[:128], AFTER) == text[128:]
    assert _cache(text).get("a.py", BEFORE + text[:129], AFTER) is None


def test_a_window_of_the_document_is_enough() -> None:
    prefix = "".join(f"value_{n} = {n}\n" for n in range(1000))
    cache = Cache()
    cache.put("a.py", prefix, AFTER, TEXT)
    assert cache.get("a.py", prefix[-700:] + "return", AFTER) == TEXT[6:]


def test_keeps_250() -> None:
    cache = Cache()
    for n in range(251):
        cache.put("a.py", f"{n} ", AFTER, TEXT)
    assert cache.get("a.py", "0 ", AFTER) is None
    assert cache.get("a.py", "1 ", AFTER) == TEXT


class Naive:
    """The same by its definition."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.kept: list[tuple[str, str, str, str]] = []

    def put(self, document: str, prefix: str, suffix: str, text: str) -> None:
        if text:
            self.kept = [each for each in self.kept if each[:3] != (document, prefix, suffix)]
            self.kept = [*self.kept, (document, prefix, suffix, text)][-self.entries :]

    def get(self, document: str, prefix: str, suffix: str) -> str | None:
        good = [
            each
            for each in self.kept
            if each[0] == document
            and suffix == each[2]
            and prefix.startswith(each[1])
            and (each[1] + each[3]).startswith(prefix)
            and len(each[1] + each[3]) > len(prefix)
        ]
        if not good:
            return None
        best = max(good, key=lambda each: (len(each[1] + each[3]), len(each[1])))
        self.kept.remove(best)
        self.kept.append(best)
        return (best[1] + best[3])[len(prefix) :]


texts = st.text(alphabet="ab", max_size=4)
operations = st.tuples(
    st.sampled_from(["put", "get", "get"]), st.sampled_from("xy"), texts, texts, texts
)


@given(st.lists(operations, max_size=40))
def test_agrees_with_its_definition(steps: list[tuple[str, str, str, str, str]]) -> None:
    cache, naive = Cache(entries=3), Naive(3)
    for operation, document, prefix, suffix, text in steps:
        if operation == "put":
            cache.put(document, prefix, suffix, text)
            naive.put(document, prefix, suffix, text)
        else:
            answer = cache.get(document, prefix, suffix)
            assert answer == naive.get(document, prefix, suffix)
            assert answer != ""


@given(texts, texts, st.text(alphabet="ab()[]\"'", min_size=1, max_size=12), st.data())
def test_typing_on_leads_to_the_same_text(
    prefix: str, suffix: str, text: str, data: st.DataObject
) -> None:
    cache = Cache()
    cache.put("x", prefix, suffix, text)
    typed = text[: data.draw(st.integers(0, len(text) - 1))]
    assert cache.get("x", prefix + typed, suffix) == text[len(typed) :]
