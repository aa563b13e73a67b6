"""Models with tasks of their own, as their servers answer: by the format of vLLM 0.32.

What the models say is made up. `test_vllm` has real servers for models of the same architectures,
which say nothing of use, as their weights are random.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import aclosing, closing
from pathlib import Path

import msgspec
import pytest

from midfill.engine.backend import ChatRequest, Message
from midfill.engine.cli.advisers import advising, seen
from midfill.engine.cli.index import bring_up_to_date
from midfill.engine.context.files import Files
from midfill.engine.errors import UsageError
from midfill.engine.remote import record
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.judge import Judge
from midfill.engine.remote.replicas import Replicas
from midfill.engine.remote.router import Router
from midfill.engine.repair.advisers import Advisers
from midfill.engine.repair.known import Known
from midfill.engine.repair.picture import Picture, diagnosis, read
from midfill.engine.repair.repair import repair
from midfill.engine.repair.task import Outcome, Task
from midfill.engine.repair.thinking import conclusion
from midfill.engine.settings import Endpoint, Remote, Settings

from ..repair.prices import BODY, TESTS, shop_of
from ..repair.scripted import Scripted
from .conftest import Answer, Peer, events, whole
from .test_privacy import AWS

PRICES = "def total(prices):\n" + BODY.replace("+=", "=")
OTHER = BODY.replace("found += price", "found = found + price")
PNG = b"\x89PNG\r\n\x1a\n"
THOUGHT = "<think>Is it the loop? Yes.</think>\n\n**CONCLUSION:**\nAdd up in the loop.\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A program with a fault, and a script that finds it."""
    return shop_of(tmp_path, PRICES)


async def _repaired(root: Path, backend: Scripted, advisers: Advisers, **task: object) -> Outcome:
    given = {"paths": ("prices.py",), "tests": TESTS, **task}
    return await repair(Task(**given), Files(root), [backend], advisers=advisers)  # type: ignore[arg-type]


def _pooled(*rewards: float) -> Answer:
    data = [[1 - reward, reward] for reward in rewards]
    answer = {"data": [{"index": 0, "object": "pooling", "data": data}], "object": "list"}
    return whole(200, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (THOUGHT, "Add up in the loop."),
        ("Add up in the loop.\n", "Add up in the loop."),
        ("First CONCLUSION: wait.\nCONCLUSION:\n- Add up.\n", "- Add up."),
        ("<think>and so on", "<think>and so on"),
        ("", ""),
    ],
)
def test_a_conclusion_is_without_the_thinking(text: str, said: str) -> None:
    assert conclusion(text) == said


async def test_who_advises_is_set(shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFILL_CACHE_HOME", str(home / "cache"))
    bring_up_to_date(shop, 10)
    coder = Endpoint(url="http://gpu", context_tokens=1000)
    thinker, prm = (
        Endpoint(url="http://qwq", tasks=("plan",)),
        Endpoint("http://prm", tasks=("judge",)),
    )
    endpoints = {"coder": coder, "thinker": thinker, "prm": prm}
    settings = Settings(remote=Remote(endpoints=endpoints))
    with closing(Known(shop)) as known:
        async with advising(settings, known) as advisers:
            assert advisers.planner is not None
            assert advisers.planner.name == "thinker"
            assert isinstance(advisers.judge, Judge)
            assert "prices.py\ndef total(prices)" in advisers.overview
        for nobody in (Settings(), msgspec.structs.replace(settings, offline=True)):
            async with advising(nobody, known) as advisers:
                assert advisers == Advisers()
            with pytest.raises(UsageError, match="no endpoint looks at images"):
                await seen(nobody, Picture("a.png", "data:"), "")


async def test_a_repair_begins_with_a_picture(shop: Path, home: Path, peer: Peer) -> None:
    (home / "screen.png").write_bytes(PNG)
    peer.answer = events("CONCLUSION: The total of 1 and 2 is shown as 2.")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(
        f"[remote.endpoints.eyes]\nurl = '{peer.endpoint().url}'\ntasks = ['look', 'repair']\n"
        "[remote]\nrepair = 'remote'\n"
    )
    command = ["repair", "prices.py", "--image", "../screen.png", "--rounds=1", "--candidates=1"]
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "midfill.engine.cli", *command],
        cwd=shop,
        env={**os.environ, "MIDFILL_CACHE_HOME": str(home / "cache")},
        capture_output=True,
    )
    seen_, *asked = peer.requests
    assert seen_.json["messages"][0]["content"][0]["type"] == "image_url"
    assert "is shown as 2." in asked[0].json["messages"][1]["content"]


async def test_a_plan_is_carried_out_by_another_model(shop: Path, peer: Peer) -> None:
    peer.answer = events(THOUGHT)
    remote = Remote(endpoints={"thinker": peer.endpoint(tasks=("plan",))})
    coder = Scripted([f"{BODY}```"])
    async with aclosing(Replicas(remote)) as replicas:
        planner = Router("plan", remote, replicas, None)
        outcome = await _repaired(shop, coder, Advisers(planner=planner))
    assert outcome.fixed
    [asked] = peer.requests
    assert "for price in prices" in asked.json["messages"][-1]["content"]
    told = coder.asked[0].messages[1].content
    assert told.endswith("Add up in the loop.")
    assert "Is it the loop" not in told
    assert {(sent.endpoint, sent.task, sent.file) for sent in record.read()} == {
        ("thinker", "plan", "prices.py")
    }


@pytest.mark.parametrize(
    ("answer", "why"), [(whole(500), "status 500"), (events(), "came to no conclusion")]
)
async def test_without_a_plan_it_goes_on(shop: Path, peer: Peer, answer: Answer, why: str) -> None:
    peer.answer = answer
    planner = RemoteModel("thinker", peer.endpoint(), Remote())
    outcome = await _repaired(shop, Scripted([f"{BODY}```"]), Advisers(planner=planner))
    await planner.aclose()
    assert outcome.fixed
    [note] = outcome.notes
    assert note.startswith("nobody made a plan: thinker")
    assert why in note


async def test_the_judge_decides_between_changes_that_pass(shop: Path, peer: Peer) -> None:
    async def judge_by_text(writer: asyncio.StreamWriter) -> None:
        answer = peer.requests[-1].json["messages"][-1]["content"]
        await _pooled(0.9 if "found + price" in answer else 0.2)(writer)

    peer.answer = judge_by_text
    model = RemoteModel("prm", peer.endpoint(), Remote())
    for advisers, chosen in ((Advisers(judge=Judge(model)), OTHER), (Advisers(), BODY)):
        outcome = await _repaired(
            shop,
            Scripted([f"{BODY}```", f"{OTHER}```"]),
            advisers,
            tests=None,
            wish="add up the prices",
            candidates=2,
            rounds=1,
        )
        assert outcome.texts["prices.py"].endswith(chosen)
    await model.aclose()
    assert [request.path for request in peer.requests] == ["/pooling"] * 2
    body = peer.requests[0].json
    assert body["task"] == "token_classify"
    assert body["messages"][-1]["content"].startswith("@@ ")
    assert body["messages"][-1]["content"].endswith("<extra_0>")


async def test_all_steps_of_an_answer_have_to_be_right(peer: Peer) -> None:
    peer.answer = _pooled(0.5, 0.9, 0.5)
    model = RemoteModel("prm", peer.endpoint(), Remote())
    steps = ("one", "two<extra_0>", "three")
    rate = await Judge(model).rate((Message("user", "Count."),), steps, ("a.py",))
    assert rate == pytest.approx(0.225)
    asked = peer.requests[0].json["messages"][-1]["content"]
    assert asked == "one<extra_0>two<extra_0>three<extra_0>"
    peer.answer = _pooled(0.5, 0.9, 0.5, 0.5)
    with pytest.raises(RemoteError, match="does not rate steps"):
        await Judge(model).rate((Message("user", "Count."),), steps, ("a.py",))
    peer.answer = whole(404)
    with pytest.raises(RemoteError, match="knows no such path"):
        await Judge(model).rate((Message("user", "Count."),), steps, ("a.py",))
    peer.answer = whole(200, b'{"data": [{"data": [0.1, 0.2]}]}')
    with pytest.raises(RemoteError, match="is it a reward model"):
        await Judge(model).rate((Message("user", "Count."),), steps, ("a.py",))
    await model.aclose()


async def test_a_picture_is_told_in_words(tmp_path: Path, peer: Peer) -> None:
    image = tmp_path / "screen.png"
    image.write_bytes(PNG)
    peer.answer = events("The total says 2.\n", "CONCLUSION: The total of 1 and 2 is shown as 2.")
    model = RemoteModel("eyes", peer.endpoint(), Remote())
    said = await diagnosis(model, read(image), "the total is wrong")
    await model.aclose()
    assert said == "The total of 1 and 2 is shown as 2."
    [message] = peer.requests[0].json["messages"]
    shown, asked = message["content"]
    assert shown["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgo="
    assert asked["text"].startswith("the total is wrong\n")
    [sent] = record.read()
    assert (sent.task, sent.file) == ("look", "screen.png")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match=r"notes\.txt is no image"):
        read(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("room", "overview", "is_shown"),
    [
        (1000, "shop.py\ndef buy(): ...\n", True),
        (20, "shop.py\ndef buy(): ...\n", False),
        (0, "shop.py\ndef buy(): ...\n", False),
        (1000, f'shop.py\nKEY = "{AWS}"\n', False),
    ],
)
async def test_an_overview_is_for_who_has_room(
    peer: Peer, room: int, overview: str, is_shown: bool
) -> None:
    model = RemoteModel("long", peer.endpoint(context_tokens=room), Remote())
    messages = (Message("system", "You mend."), Message("user", "Mend it."))
    request = ChatRequest(messages=messages, max_tokens=16, overview=overview)
    _ = [delta async for delta in model.chat(request)]
    await model.aclose()
    first, second = peer.requests[0].json["messages"]
    assert first["content"] == (f"{overview}\n\nYou mend." if is_shown else "You mend.")
    assert second["content"] == "Mend it."
    sizes = {sent.file: sent.bytes for sent in record.read()}
    assert sizes.get("(outline of the repository)") == (len(overview) if is_shown else None)
