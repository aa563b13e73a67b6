"""A prompt within a deadline: less context first, all of it later."""

from __future__ import annotations

import httpx
import pytest

from .test_api import _until

pytestmark = pytest.mark.model

CODE = "".join(f"def step_{i}(value):\n    return value * {i}\n\n\n" for i in range(60))


def _infill(client: httpx.Client, document: str, typed: str, prompt_ms: int) -> dict[str, float]:
    body = {
        "input_prefix": CODE + "def total(values):\n    return " + typed,
        "input_suffix": "\n\n\n" + CODE,
        "document": document,
        "n_predict": 2,
        "t_max_prompt_ms": prompt_ms,
    }
    answer = client.post("/infill", json=body).json()
    return {**answer["timings"], "truncated": answer["truncated"]}


def test_without_a_deadline_all_is_evaluated(client: httpx.Client) -> None:
    assert _infill(client, "file:///all.py", "", 0)["prompt_n"] > 800


def test_less_first_then_all_without_evaluating_it_again(client: httpx.Client) -> None:
    document = "file:///jump.py"
    first = _infill(client, document, "", 200)
    assert first["prompt_n"] < 400
    # The next key extends the small window, and its own cost is all it costs.
    second = _infill(client, document, "s", 200)
    assert second["prompt_n"] <= 6

    def whole_is_there() -> bool:
        timings = _infill(client, document, "su", 200)
        return timings["cache_n"] > 800 and timings["prompt_n"] <= 6

    _until(whole_is_there)


def test_a_prompt_for_later_gives_no_text(client: httpx.Client) -> None:
    body = {"input_prefix": CODE[:600], "input_suffix": "", "document": "file:///later.py"}
    answer = client.post("/infill", json={**body, "n_predict": 0}).json()
    assert answer["content"] == ""
    assert answer["tokens_predicted"] == 0
    timings = client.post("/infill", json={**body, "n_predict": 1}).json()["timings"]
    assert timings["prompt_n"] <= 2
