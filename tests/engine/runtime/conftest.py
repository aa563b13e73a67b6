"""The real model, loaded into the test process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest

from midfill.engine.models.hardware import cores
from midfill.engine.runtime.context import Context, Item, Logits
from midfill.engine.runtime.job import Event, Finish, Job, Score, Started, Token
from midfill.engine.runtime.measured import Calibration
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.sampler import Healer, Sampler, SamplingParams
from midfill.engine.runtime.scheduler import Scheduler
from midfill.engine.runtime.sequence import Sequence
from midfill.engine.runtime.vocab import Vocab

from ...conftest import private_environment

# What the development machine's compiler makes of AMX kernels is no matter of these tests.
REPACK = False


@pytest.fixture(scope="session")
def model(model_path: Path) -> Iterator[Model]:
    """Weights and vocabulary."""
    loaded = Model(model_path, repack=REPACK)
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def vocab(model: Model) -> Vocab:
    """The vocabulary."""
    return model.vocab


@pytest.fixture(scope="session")
def healer(vocab: Vocab) -> Healer:
    """Token healing."""
    return Healer(vocab)


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    """A small context of four sequences."""
    made = Context(model, tokens=1024, sequences=4, batch=64, threads=cores())
    yield made
    made.close()


def evaluate(context: Context, sequence: Sequence, tokens: list[int]) -> Logits:
    """Evaluate what the sequence lacks of `tokens`, one at least; the logits behind the last."""
    for at in range(len(sequence.tokens), len(tokens), context.batch):
        chunk = tokens[at : at + context.batch]
        last = len(chunk) - 1
        context.decode([Item(t, at + i, sequence.number, i == last) for i, t in enumerate(chunk)])
        sequence.tokens += chunk
    return context.logits(last).copy()


def agree(left: Logits, right: Logits) -> bool:
    """Whether they differ by no more than another order of summation brings about."""
    return left.argmax() == right.argmax() and float(np.abs(left - right).max()) < 1.0


# Seconds as measured on two cores.
CALIBRATION = Calibration(
    threads=cores(),
    prompt_threads=cores(),
    chunk=64,
    prefill_speed=150.0,
    steps={1: 0.025, 2: 0.036, 4: 0.054, 8: 0.103, 16: 0.162},
)


class Runner:
    """A scheduler in a thread, and jobs that are waited for."""

    def __init__(
        self,
        context: Context,
        vocab: Vocab,
        healer: Healer,
        calibration: Calibration,
        recalibrate: Callable[[int], Calibration] | None = None,
    ) -> None:
        self.vocab = vocab
        self.scheduler = Scheduler(context, vocab, healer, calibration, recalibrate)
        self._thread = threading.Thread(target=self.scheduler.run)
        self._thread.start()

    def job(self, text: str, max_tokens: int = 8, **options: object) -> Result:
        """A job that was not submitted yet."""
        result = Result()
        params = options.pop("params", SamplingParams())
        assert isinstance(params, SamplingParams)
        on_token = options.pop("on_token", lambda token: None)

        def emit(event: Event) -> None:
            if isinstance(event, Token):
                result.tokens.append(event)
                on_token(event)  # type: ignore[operator]
            elif isinstance(event, Started):
                result.scores = event.scores
            else:
                result.finish = event
                result.done.set()

        result.job = Job(
            self.vocab.encode_with_special(text),
            sampler=Sampler(self.vocab, params),
            max_tokens=max_tokens,
            emit=emit,
            **options,  # type: ignore[arg-type]
        )
        return result

    def run(self, text: str, max_tokens: int = 8, **options: object) -> Result:
        """Submit a job and wait for its end."""
        result = self.job(text, max_tokens, **options)
        self.scheduler.submit(result.job)
        return result.wait()

    def close(self) -> None:
        """End the scheduler's thread."""
        self.scheduler.stop()
        self._thread.join()


class Result:
    """What became of a job."""

    job: Job
    finish: Finish

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.scores: tuple[Score, ...] = ()
        self.done = threading.Event()

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(token.text for token in self.tokens) + self.finish.text

    def wait(self) -> Result:
        """Wait for the job's end."""
        assert self.done.wait(120)
        return self


@pytest.fixture
def runner(context: Context, vocab: Vocab, healer: Healer) -> Iterator[Runner]:
    """A running scheduler on `context`."""
    made = Runner(context, vocab, healer, CALIBRATION)
    yield made
    made.close()


class Service(msgspec.Struct):
    """An engine process, started by the command line."""

    socket: str
    port: int
    token: str
    pid: int

    def client(self) -> httpx.Client:
        """Over the Unix socket."""
        transport = httpx.HTTPTransport(uds=self.socket)
        return httpx.Client(transport=transport, base_url="http://engine", timeout=120)


def start_engine(environment: dict[str, str]) -> Service:
    """`midfill engine start`, with a port for the tests of it."""
    done = subprocess.run(
        [sys.executable, "-m", "midfill.engine.cli", "engine", "start", "--port", "0", "--json"],
        env=environment,
        capture_output=True,
        check=True,
    )
    [socket] = Path(environment["MIDFILL_RUNTIME_DIR"]).glob("*.sock")
    answer = msgspec.json.decode(done.stdout)
    return Service(str(socket), answer["port"], answer["token"], answer["pid"])


@pytest.fixture(scope="session")
def service(model_path: Path) -> Iterator[Service]:
    """One engine process with a port, for all tests that do not harm it."""
    for environment in private_environment(model_path):
        yield start_engine(environment)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """An HTTP client of that process."""
    with service.client() as made:
        yield made
