"""The client, against the real engine, and against servers that fail in every way."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import ssl
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from midfill.engine.backend import ChatRequest, Delta, InfillRequest, Message
from midfill.engine.remote import record
from midfill.engine.remote.client import RemoteModel
from midfill.engine.remote.fault import RemoteError
from midfill.engine.remote.prompt import TokenPrompts
from midfill.engine.remote.vocabulary import Vocabulary
from midfill.engine.runtime.local import LocalEngine
from midfill.engine.settings import Endpoint, Remote, Settings

from .conftest import Answer, Peer, endless, events, whole

REQUEST = InfillRequest(
    prefix='def add(a, b):\n    """Return the sum of a and b."""\n    return ',
    suffix="\n\n\nprint(add(1, 2))\n",
    filename="sums.py",
    max_tokens=16,
    stop=("\n",),
)
QUESTION = (Message("user", "Name a colour."), Message("assistant", "The colour is bl"))
QUICK = Remote(connect_ms=1000, first_token_ms=1500, between_tokens_ms=1000)


async def _deltas(model: RemoteModel, request: InfillRequest = REQUEST) -> list[Delta]:
    try:
        return [delta async for delta in model.infill(request)]
    finally:
        await model.aclose()


def _text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


@pytest.fixture
async def real(engine: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> RemoteModel:
    """The real engine as if it were far away."""
    url, key = engine
    monkeypatch.setenv("GPU_KEY", key)
    return RemoteModel("gpu", Endpoint(url=url, key_env="GPU_KEY"), Remote())


@pytest.fixture
def near(real_model_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    """Another engine of the same model, over its socket."""
    monkeypatch.setenv("MIDFILL_RUNTIME_DIR", real_model_env["MIDFILL_RUNTIME_DIR"])
    return LocalEngine(Settings(model=real_model_env["MIDFILL_MODEL"]))


@pytest.mark.model
async def test_it_fills_in(real: RemoteModel) -> None:
    deltas = await _deltas(real)
    assert _text(deltas).strip() == "a + b"
    assert deltas[0].stats is not None
    assert deltas[0].text == ""
    last = deltas[-1].stats
    assert last is not None
    assert last.stop_type in ("eos", "word")
    assert last.model == "qwen2.5-coder-0.5b-instruct-q4_k_m"
    assert last.tokens_evaluated + last.tokens_reused > 20
    assert last.ms.keys() == {"prefill", "decode"}


@pytest.mark.model
async def test_the_next_key_finds_the_prompt_in_the_cache(real: RemoteModel) -> None:
    _ = [delta async for delta in real.infill(REQUEST)]
    typed = InfillRequest(
        prefix=REQUEST.prefix + "a ", suffix=REQUEST.suffix, filename="sums.py", max_tokens=4
    )
    last = (await _deltas(real, typed))[-1].stats
    assert last is not None
    assert last.tokens_reused > 20
    assert last.tokens_evaluated < 8


@pytest.mark.model
async def test_tokens_are_sent_where_the_server_has_the_same(
    real: RemoteModel, peer: Peer, model_path: Path
) -> None:
    vocabulary = Vocabulary.read(model_path)
    assert vocabulary is not None
    await real.learn(vocabulary)
    assert isinstance(real._prompts, TokenPrompts)
    assert _text(await _deltas(real)).strip() == "a + b"

    for page in (None, b'{"tokens": [1, 2]}', b"<html>"):
        peer.pages = {"/tokenize": page} if page else {}
        stranger = RemoteModel("gpu", peer.endpoint(), Remote())
        await stranger.learn(vocabulary)
        await _deltas(stranger)
        assert isinstance(peer.requests[-1].json["prompt"], str)


@pytest.mark.model
async def test_a_word_that_it_would_not_write_is_healed_as_nearby(
    real: RemoteModel, near: LocalEngine
) -> None:
    # What follows each is clear: between two that are nearly as likely, rounding would decide.
    for word in ("b", "int", "(", "flo", "sum([", "max(a", '"'):
        request = msgspec.structs.replace(REQUEST, prefix=REQUEST.prefix + word, max_tokens=8)
        close = _text([delta async for delta in near.infill(request)])
        far = _text([delta async for delta in real.infill(request)])
        assert far[: len(close)] == close[: len(far)], word
    await real.aclose()
    await near.aclose()


@pytest.mark.model
async def test_it_goes_on_with_an_answer(real: RemoteModel) -> None:
    asked = ChatRequest(messages=QUESTION, max_tokens=4, grammar='root ::= "ue" [a-z .]*')
    deltas = [delta async for delta in real.chat(asked)]
    await real.aclose()
    assert _text(deltas).startswith("ue")
    assert deltas[-1].stats is not None


@pytest.mark.model
async def test_it_scores_what_the_local_engine_scores(real: RemoteModel, near: LocalEngine) -> None:
    messages = (Message("user", "Say hello in Swedish."), Message("assistant", "Hej, välkommen!"))
    far = await real.score(messages, 2)
    close = await near.score(messages, 2)
    # What of the prompt is in the cache decides in which batches it is evaluated.
    assert [score.token.logprob for score in far] == pytest.approx(
        [score.token.logprob for score in close], abs=0.3
    )
    assert b"".join(score.token.text for score in far).decode() == messages[-1].content
    await real.aclose()
    await near.aclose()


async def test_vllm_scores_the_whole_conversation(peer: Peer) -> None:
    tokens = ["<|im_start|>", "user", "\n", "Hi", "He", "j", "!"]
    scored = ", ".join(
        f'{{"{n}": {{"logprob": -0.5, "rank": 1, "decoded_token": {text!a}}}}}'.replace("'", '"')
        for n, text in enumerate(tokens)
    )
    peer.answer = whole(200, f'{{"prompt_logprobs": [null, {scored}]}}'.encode())
    model = RemoteModel("gpu", peer.endpoint(), Remote())
    scores = await model.score((Message("user", "Hi"), Message("assistant", "Hej!")), 1, ("a.py",))
    await model.aclose()
    assert [score.token.text for score in scores] == [b"He", b"j", b"!"]
    assert {(sent.task, sent.file) for sent in record.read()} == {("repair", "a.py")}


async def test_what_is_sent(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_KEY", "sesame")
    peer.answer = events(" a", " + b")
    model = RemoteModel("gpu", peer.endpoint(model="coder", key_env="GPU_KEY"), Remote())
    assert _text(await _deltas(model)) == "a + b"
    [request] = peer.requests
    assert request.path == "/v1/completions"
    assert request.headers["authorization"] == "Bearer sesame"
    body = request.json
    assert body["model"] == "coder"
    assert body["priority"] == 0
    assert body["prompt"] == (
        "<|file_sep|>sums.py\n<|fim_prefix|><|fim_suffix|>\n\n\nprint(add(1, 2))\n<|fim_middle|>"
        'def add(a, b):\n    """Return the sum of a and b."""\n    return'
    )
    [sent] = record.read()
    assert (sent.endpoint, sent.task, sent.file) == ("gpu", "completion", "sums.py")
    assert sent.bytes == len(REQUEST.prefix + REQUEST.suffix)


async def test_an_unfinished_word_is_written_again(peer: Peer) -> None:
    peer.answer = events("re", "turn", " 1")
    request = InfillRequest(prefix="def f():\nret", suffix="\n")
    assert _text(await _deltas(RemoteModel("gpu", peer.endpoint(), Remote()), request)) == "urn 1"
    [sent] = peer.requests
    assert sent.json["prompt"].endswith("def f():\n")


@pytest.mark.parametrize("other", [("reset", "()"), ("r",), ()])
async def test_where_another_word_is_written_the_real_one_is_sent(
    peer: Peer, other: tuple[str, ...]
) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await (events(*other) if len(peer.requests) == 1 else events("urn", " 1"))(writer)

    peer.answer = answer
    request = InfillRequest(prefix="def f():\nret", suffix="\n")
    assert _text(await _deltas(RemoteModel("gpu", peer.endpoint(), Remote()), request)) == "urn 1"
    assert [sent.json["prompt"][-5:] for sent in peer.requests] == ["f():\n", ":\nret"]
    assert len(list(record.read())) == 2


async def test_a_grammar_is_sent_for_either_kind_of_server(peer: Peer) -> None:
    model = RemoteModel("gpu", peer.endpoint(), Remote())
    asked = ChatRequest(messages=QUESTION, max_tokens=4, grammar='root ::= "x"')
    _ = [delta async for delta in model.chat(asked)]
    await model.aclose()
    body = peer.requests[0].json
    assert body["grammar"] == body["structured_outputs"]["grammar"] == 'root ::= "x"'
    assert body["priority"] == 1
    assert body["continue_final_message"]


FAULTS: list[tuple[Answer, str]] = [
    (whole(401, b'{"error":"Unauthorized"}'), "gpu wants a key: .*--key-env"),
    (whole(404, b'{"error":{"message":"x","param":"model"}}'), "does not serve the model 'coder'"),
    (whole(404, b'{"detail":"Not Found"}'), "is http://.* the server's address"),
    (whole(400, b'{"error":{"message":"x","param":"input_tokens"}}'), "longer than the context"),
    (whole(400, b'{"error":{"message":"x","param":"seed"}}'), r"status 400, about seed"),
    (whole(429, retry_after="7"), "busy"),
    (whole(500, b"oh"), "failed .status 500"),
    (
        whole(307, location="http://evil.example/v1"),
        "points to evil.example, which is not followed",
    ),
    (whole(200, b"data: nonsense\n\n"), "no server of this kind"),
    (whole(200, b'data: {"error":{"message":"x"}}\n\n'), "failed while it wrote"),
    (whole(200, b"<html>"), "broke off its answer"),
    (events(" a", done=False), "broke off its answer"),
    (events(" a", stall=True), "stalled"),
    (events(stall=True), "stalled"),
]


@pytest.mark.parametrize(("answer", "sentence"), FAULTS)
async def test_a_fault_is_a_sentence(peer: Peer, answer: Answer, sentence: str) -> None:
    peer.answer = answer
    model = RemoteModel("gpu", peer.endpoint(model="coder"), QUICK)
    with pytest.raises(RemoteError, match=sentence) as caught:
        await _deltas(model)
    assert "add" not in str(caught.value).replace("address", "").replace("add it", "")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (endless(b"data: "), "a line that does not end"),
        (endless(b"", status=500), "answers more than 64 MiB"),
        (endless(b"", b'data: {"choices":[{"text":"x"}]}\n\n'), "more than it was asked for"),
        (
            whole(200, gzip.compress(bytes(1 << 26)), content_encoding="gzip"),
            "broke off its answer",
        ),
    ],
    ids=["line", "error", "events", "compressed"],
)
async def test_an_answer_without_end(peer: Peer, answer: Answer, sentence: str) -> None:
    peer.answer = answer
    request = ChatRequest(messages=(Message("user", "say yes"),), max_tokens=8)
    with pytest.raises(RemoteError, match=sentence):
        _ = [each async for each in RemoteModel("gpu", peer.endpoint(), Remote()).chat(request)]


async def test_a_server_may_say_when_to_come_back(peer: Peer) -> None:
    peer.answer = whole(503, retry_after="7")
    with pytest.raises(RemoteError) as caught:
        await _deltas(RemoteModel("gpu", peer.endpoint(), QUICK))
    assert caught.value.again
    assert caught.value.retry_after == 7


async def test_a_line_of_a_stream_ends_with_a_line_feed(peer: Peer) -> None:
    text = " a\u2028b\u0085c"
    event = f'data: {{"model": "coder", "choices": [{{"text": "{text}"}}]}}\r\n\r\ndata: [DONE]\r\n'
    peer.answer = whole(200, event.encode())
    assert _text(await _deltas(RemoteModel("gpu", peer.endpoint(), Remote()))) == text[1:]


@pytest.mark.parametrize(
    "wrong", [{"url": "http://gpu:eighty"}, {"url": "http://gpu", "proxy": "proxy:3128"}]
)
async def test_what_is_no_address(wrong: dict[str, str]) -> None:
    with pytest.raises(RemoteError, match="gpu: its url or its proxy is no address"):
        await _deltas(RemoteModel("gpu", Endpoint(**wrong), QUICK))


async def test_nobody_listens(peer: Peer) -> None:
    endpoint = peer.endpoint()
    await peer.stop()
    with pytest.raises(RemoteError, match=r"cannot connect to 127.0.0.1.*does the server run"):
        await _deltas(RemoteModel("gpu", endpoint, QUICK))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "http://gpu.invalid:8000"}, "the name gpu.invalid is not known here"),
        ({"url": "http://gpu", "proxy": "http://127.0.0.1:9"}, "cannot connect to its proxy"),
    ],
)
async def test_why_there_is_no_connection(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], sentence: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(RemoteError, match=sentence):
        await _deltas(RemoteModel("gpu", Endpoint(**wrong), QUICK))


async def test_a_server_without_tls() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(RemoteError, match="does not speak TLS; should it be http://"):
        await _deltas(RemoteModel("gpu", Endpoint(url=url), QUICK))
    server.close()


async def test_a_completion_ends_at_its_deadline(peer: Peer) -> None:
    peer.answer = events("a", stall=True)
    hasty = InfillRequest(prefix="x\n", suffix="", timeout_ms=1500)
    deltas = await _deltas(RemoteModel("gpu", peer.endpoint(), Remote()), hasty)
    assert _text(deltas) == "a"
    assert deltas[-1].stats is not None
    assert deltas[-1].stats.stop_type == "deadline"
    await peer.gone.wait()


async def test_who_stops_reading_hangs_up(peer: Peer) -> None:
    peer.answer = events(" a", stall=True)
    async with aclosing(RemoteModel("gpu", peer.endpoint(), Remote()).infill(REQUEST)) as deltas:
        async for delta in deltas:
            if delta.text:
                break
    await peer.gone.wait()


async def test_cancelling_hangs_up(peer: Peer) -> None:
    peer.answer = events(stall=True)
    task = asyncio.create_task(_deltas(RemoteModel("gpu", peer.endpoint(), Remote())))
    while not peer.requests:
        await asyncio.sleep(0.01)
    task.cancel()
    await peer.gone.wait()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_key_comes_from_a_command_and_is_asked_for_anew(peer: Peer, home: Path) -> None:
    peer.answer = events(" x")
    keys = home / "key"
    keys.write_text("old\n")
    command = (sys.executable, "-c", f"print(open({str(keys)!r}).read())")
    model = RemoteModel("gpu", peer.endpoint(key_command=command), Remote())
    _ = [delta async for delta in model.infill(REQUEST)]
    keys.write_text("new\n")
    peer.answer = whole(401)
    with pytest.raises(RemoteError, match="key_command"):
        _ = [delta async for delta in model.infill(REQUEST)]
    peer.answer = events(" x")
    await _deltas(model)
    sent = [request.headers["authorization"] for request in peer.requests]
    assert sent == ["Bearer old", "Bearer old", "Bearer new"]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"key_env": "GPU_KEY"}, "the variable GPU_KEY holds no key"),
        ({"key_command": ("false",)}, "false printed no key"),
        ({"key_command": ("no-such-program",)}, "cannot run no-such-program"),
        ({"key_command": ("echo", "two words")}, "no single word"),
    ],
)
async def test_without_a_key_nothing_is_sent(
    peer: Peer, source: dict[str, object], sentence: str
) -> None:
    with pytest.raises(RemoteError, match=sentence):
        await _deltas(RemoteModel("gpu", peer.endpoint(**source), Remote()))
    assert not peer.requests


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes a certificate with openssl")
async def test_only_a_trusted_certificate_will_do(home: Path, peer: Peer) -> None:
    certificate, key = home / "cert.pem", home / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=gpu"
    name = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = [*make.split(" "), *name, *files]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(peer._serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    untrusting = Endpoint(url=f"https://127.0.0.1:{port}")
    with pytest.raises(RemoteError, match=r"not trusted .*--ca"):
        await _deltas(RemoteModel("gpu", untrusting, QUICK))
    trusting = Endpoint(url=f"https://127.0.0.1:{port}", ca_file=str(certificate))
    assert _text(await _deltas(RemoteModel("gpu", trusting, Remote()))) == "a + b"
    other_name = Endpoint(url=f"https://localhost:{port}", ca_file=str(certificate))
    with pytest.raises(RemoteError, match="not trusted"):
        await _deltas(RemoteModel("gpu", other_name, QUICK))
    server.close()
