"""Compare a model with its variants: `python -m midfill.engine.models.compare JOB`.

In a process of its own, because llama.cpp aborts its process on some errors. All models are loaded
and take turns, so that whatever else the machine does slows them down alike. Each turn is one
suggestion in a file of Midfill's own source code, which no model was trained on: a stretch of the
file that is read beforehand, a prompt that is timed, and tokens that are decoded one by one and
timed. The next tokens are those of the file, whatever a model would have chosen: then the work is
the same for all of them, and every one of their predictions can be compared.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from importlib.abc import InspectLoader
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from midfill.engine.errors import MidfillError
from midfill.engine.models.figures import Figures, Job, Progress, Result
from midfill.engine.runtime.context import Context, Item
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.vocab import Vocab

PROMPT_TOKENS = 48
DECODED_TOKENS = 24
_READ_TOKENS = 128
_SUFFIX_TOKENS = 40
_WINDOW_TOKENS = _READ_TOKENS + PROMPT_TOKENS + DECODED_TOKENS
_SAMPLE = (
    "midfill.engine.settings",
    "midfill.engine.cli.models",
    "midfill.engine.completion.prompt",
    "midfill.engine.models.gguf",
    "midfill.engine.models.hardware",
    "midfill.engine.models.store",
)

Rows = npt.NDArray[np.float32]


def main(argument: str) -> None:
    """Print progress, and the result."""
    job = msgspec.json.decode(argument, type=Job)
    total = len(job.paths) * (1 + len(_SAMPLE))
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        _print(Progress(done, total))

    runners = []
    for path in job.paths:
        runners.append(_Runner(job, Path(path)))
        step()
    vocab = runners[0].model.vocab
    for turn, module in enumerate(_SAMPLE):
        window = _window(vocab, module)
        # Neither is always the first to find the processor cool.
        for runner in runners if turn % 2 == 0 else reversed(runners):
            runner.take_turn(window)
            step()
        for runner in runners:
            runner.judge(runners[0].predictions)
    _print(Result([runner.figures(runners[0]) for runner in runners]))


class _Runner:
    """One model, its times, and what it predicted in the last turn."""

    def __init__(self, job: Job, path: Path) -> None:
        self.model = Model(path, gpu_layers=job.gpu_layers, repack=job.repack)
        self._context = Context(
            self.model,
            tokens=2 * _WINDOW_TOKENS,
            sequences=1,
            batch=_READ_TOKENS,
            threads=job.threads,
            spare_outputs=_READ_TOKENS,
        )
        self._prefill_s: list[float] = []
        self._decode_s: list[float] = []
        self._agreed: list[npt.NDArray[np.bool_]] = []
        self._divergence: list[npt.NDArray[np.float32]] = []
        self.predictions: Rows = np.empty((0, 0), np.float32)

    def take_turn(self, window: list[int]) -> None:
        """Evaluate `window`, and keep the predictions where code of the prefix follows."""
        self._context.remove(0, 0)
        first, decoded = _SUFFIX_TOKENS + 3, _WINDOW_TOKENS - DECODED_TOKENS
        self._evaluate(window, 0, _READ_TOKENS, all_logits=True)
        rows = [self._logits(item) for item in range(first, _READ_TOKENS)]
        self._prefill_s.append(self._evaluate(window, _READ_TOKENS, decoded))
        rows.append(self._logits(PROMPT_TOKENS - 1))
        seconds = 0.0
        for position in range(decoded, _WINDOW_TOKENS):
            seconds += self._evaluate(window, position, position + 1)
            rows.append(self._logits(0))
        self._decode_s.append(seconds)
        self.predictions = _log_softmax(np.stack(rows))

    def judge(self, original: Rows) -> None:
        """Compare the last turn's predictions with the original's."""
        mine = self.predictions
        self._agreed.append(mine.argmax(1) == original.argmax(1))
        self._divergence.append((np.exp(original) * (original - mine)).sum(1))

    def figures(self, original: _Runner) -> Figures:
        """What came of all turns."""
        mine, theirs = self._suggestions_s(), original._suggestions_s()
        pairs = zip(theirs, mine, strict=True)
        return Figures(
            prefill=PROMPT_TOKENS / statistics.median(self._prefill_s),
            decode=DECODED_TOKENS / statistics.median(self._decode_s),
            suggestion_ms=1000 * statistics.median(mine),
            gain=statistics.median(before / now for before, now in pairs),
            agreement=float(np.concatenate(self._agreed).mean()),
            divergence=max(0.0, float(np.concatenate(self._divergence).mean())),
        )

    def _suggestions_s(self) -> list[float]:
        return [sum(both) for both in zip(self._prefill_s, self._decode_s, strict=True)]

    def _evaluate(
        self, window: list[int], start: int, end: int, *, all_logits: bool = False
    ) -> float:
        """Decode the tokens [start, end) of the window in one batch; the seconds it took."""
        items = [Item(window[i], i, 0, all_logits or i == end - 1) for i in range(start, end)]
        before = time.perf_counter()
        self._context.decode(items)
        self._context.logits(len(items) - 1)  # a GPU is not done before this returns
        return time.perf_counter() - before

    def _logits(self, item: int) -> Rows:
        return self._context.logits(item).copy()


def _window(vocab: Vocab, module: str) -> list[int]:
    """The tokens around the middle of a module, in the order of Midfill's prompts."""
    if vocab.fim is None:
        raise MidfillError("the model was not trained to fill in the middle")
    lines = _source(module).splitlines(keepends=True)
    middle = len(lines) // 2
    before, after = "".join(lines[:middle]), "".join(lines[middle:])
    suffix = vocab.encode(after)[:_SUFFIX_TOKENS]
    prefix = vocab.encode(before)[-(_WINDOW_TOKENS - _SUFFIX_TOKENS - 3) :]
    return [vocab.fim.prefix, vocab.fim.suffix, *suffix, vocab.fim.middle, *prefix]


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert isinstance(spec.loader, InspectLoader)
    source = spec.loader.get_source(module)
    if source is None:
        raise MidfillError(f"the source code of {module}, a part of the sample, is not installed")
    return source


def _log_softmax(logits: Rows) -> Rows:
    shifted = logits - logits.max(1, keepdims=True)
    rows: Rows = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return rows


def _print(line: Progress | Result) -> None:
    print(msgspec.json.encode(line).decode(), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except MidfillError as error:
        sys.exit(str(error))
