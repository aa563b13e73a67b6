"""Continuous batching: one thread that decodes for all jobs together, a step at a time.

A step decodes one token for every job that generates, and a chunk of the most urgent prompt.
While an interactive job is at work, batch jobs wait, if not for ever: where many people type, some
tokens of theirs join a step every second, and soon more often. The abort callback breaks a step off
when nothing in it is wanted any more, or nothing as urgent as what arrives.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import islice

from midfill.engine.runtime.cache import Cache
from midfill.engine.runtime.calibration import Quiet
from midfill.engine.runtime.config import SPARE_OUTPUTS
from midfill.engine.runtime.context import Aborted, Context, Item, NoRoom
from midfill.engine.runtime.costs import StepCosts
from midfill.engine.runtime.counters import Counters
from midfill.engine.runtime.drafts import Draft, Drafts, allot
from midfill.engine.runtime.job import Finish, Job, Priority, Score, Started, Token
from midfill.engine.runtime.measured import Calibration
from midfill.engine.runtime.pace import Pace
from midfill.engine.runtime.sampler import Healer, likeliest, log_probability
from midfill.engine.runtime.sequence import Sequence
from midfill.engine.runtime.text import TextStream
from midfill.engine.runtime.threads import ThreadControl
from midfill.engine.runtime.vocab import Vocab

_log = logging.getLogger(__name__)

# Prompt tokens that are evaluated at once while a person types: a key breaks the step off, and
# what it had done is lost. Larger chunks are a quarter faster.
_SMALL_CHUNK = 16
_TYPING_S = 1.0
# From so many tokens on, a batch computes as prompts do, and below as single tokens do.
_MANY = 12
# A calibration that cannot be trusted is repeated after so much time without work.
_REST_S = 3.0
# Sequences that batch jobs leave free for a person who starts to type.
_RESERVED = 2
# Who had no step for so long gets a part of the next one's tokens, batch jobs beside more urgent
# ones a smaller part; or so many tokens, which lengthen a step by less than one token would take.
_PATIENCE_S = 1.0
_LATE_PART, _LATE_BATCH_PART = 1 / 2, 1 / 8
_LATE_CHUNK = 4
# Where nobody has paused for so long, batch jobs would hardly get on: then they wait less, and get
# more tokens, which lengthen a step less than all those do that are in it.
_NO_PAUSE_S = 10.0
_CROWDED_PATIENCE_S, _CROWDED_CHUNK = 0.2, 16


class _Run:
    """A job that has a sequence. `chunk` and `draft` are its part of the batch in hand; logits
    stand behind the last token of the chunk, at `logits_at`, and behind each of the draft."""

    def __init__(self, job: Job, sequence: Sequence, reused: int, guesser: Draft) -> None:
        self.job = job
        self.sequence = sequence
        self.reused = reused
        self.guesser = guesser
        self.chunk: list[int] = []
        self.draft: list[int] = []
        self.pending: deque[int] = deque(job.prompt[reused:])
        self.evaluated = 0
        self.forced = job.forced
        self.text = TextStream(job.stop)
        self.started = self.served = time.monotonic()
        self.first: float | None = None
        self.logits_at = -1
        self.scores_at = 0
        self.scores: list[Score] = []
        self.output: list[int] = []

    def unscored(self) -> int:
        """How many tokens of the chunk come before the first with a score behind it."""
        if not self.job.scores:
            return len(self.chunk)
        first = len(self.job.prompt) - self.job.scores - 1
        return min(max(first - len(self.sequence.tokens), 0), len(self.chunk))

    def overdue(self) -> bool:
        """Whether the job has had its time, as a whole or for decoding."""
        now = time.monotonic()
        limit = self.job.decode_seconds
        decoding = limit is not None and self.first is not None and now > self.first + limit
        return decoding or (self.job.deadline is not None and now > self.job.deadline)


class Scheduler:
    """Runs jobs on a context.

    Args:
        context: owned by the scheduler's thread from now on.
        vocab: of the context's model.
        healer: for jobs with forced text.
        calibration: what steps cost on a quiet machine.
        recalibrate: measures that anew, in an empty sequence of this number.
    """

    def __init__(
        self,
        context: Context,
        vocab: Vocab,
        healer: Healer,
        calibration: Calibration,
        recalibrate: Callable[[int], Calibration] | None = None,
    ) -> None:
        self._context = context
        self._vocab = vocab
        self._healer = healer
        self.cache = Cache(context)
        self._waiting: list[Job] = []
        self._running: list[_Run] = []
        # Whose tokens the step in hand decodes.
        self._in_hand: list[_Run] = []
        self._wake = threading.Condition()
        self._stopping = False
        self.counters = Counters()
        self.context_tokens = context.tokens
        self.last_active = time.monotonic()
        self._last_typed = -_TYPING_S
        # When nothing was at work that is more urgent than batch jobs.
        self._last_pause = time.monotonic()
        self._recalibrate = recalibrate
        self._use(calibration)
        self._drafts = Drafts()
        # Whether the cache has cells for guesses.
        self._may_draft = True

    # -- called from any thread ---------------------------------------------------------------

    def submit(self, *jobs: Job) -> None:
        """Queue jobs. Older jobs that they replace are cancelled."""
        with self._wake:
            if not self.busy:
                self._last_pause = time.monotonic()
            for other in [*self._waiting, *(run.job for run in self._running)]:
                other.cancelled |= any(_replaces(job, other) for job in jobs)
            self._waiting += jobs
            if any(job.priority == Priority.INTERACTIVE for job in jobs):
                self._last_typed = time.monotonic()
            self._waiting.sort(key=lambda job: (job.priority, job.created))
            self._abort_unless_wanted(self._waiting[0].priority)
            self._wake.notify()

    def cancel(self, job: Job) -> None:
        """Stop a job within one decode step. It still gets its Finish."""
        with self._wake:
            if job.finished:
                return
            job.cancelled = True
            self._abort_unless_wanted(Priority.BATCH)
            self._wake.notify()

    def stop(self) -> None:
        """Let `run` return after the current step."""
        with self._wake:
            self._stopping = True
            self._context.abort()
            self._wake.notify()

    @property
    def busy(self) -> bool:
        """Whether any job waits or runs."""
        return bool(self._waiting or self._running)

    def load(self) -> tuple[int, int]:
        """Jobs that run, jobs that wait."""
        return len(self._running), len(self._waiting)

    @property
    def prefill_speed(self) -> float:
        """Tokens of a prompt a second, as busy as the machine is now."""
        return self.calibration.prefill_speed / self._pace.slowness()

    def _abort_unless_wanted(self, urgent: Priority) -> None:
        """Break the step off, or a calibration, if it holds nothing as urgent that is wanted: what
        it has done for others would be lost too."""
        if all(run.job.cancelled or run.job.priority > urgent for run in self._in_hand):
            self._context.abort()

    # -- the scheduler's thread ---------------------------------------------------------------

    def run(self) -> None:
        """Work until `stop`. An error in llama.cpp ends it, after every job was told."""
        try:
            while self._wait():
                self._step()
                self.last_active = time.monotonic()
        finally:
            for run in list(self._running):
                self._finish(run, "error", error="the engine is stopping")
            for job in self._waiting:
                job.finished = True
                job.emit(Finish(stop_type="error", error="the engine is stopping"))

    def _wait(self) -> bool:
        """Wait for work; False when it is time to stop."""
        while True:
            with self._wake:
                if self._waiting or self._running or self._stopping:
                    return not self._stopping
                self._in_hand = []
                if self._trusted():
                    self._wake.wait()
                    continue
                quiet = Quiet()
                rested = not self._wake.wait(_REST_S)
            if rested and quiet.still():
                self._calibrate()

    def _trusted(self) -> bool:
        """Whether the calibration is right, as far as one can tell."""
        if self._recalibrate is None:
            return True
        calibration = self.calibration
        return calibration.quiet and not calibration.contradicted(self._costs.fastest)

    def _calibrate(self) -> None:
        """Measure anew, unless a job comes."""
        empty = next((s for s in self.cache.sequences if not s.tokens), None)
        with self._wake:
            if empty is None or self._recalibrate is None or self._waiting or self._stopping:
                return
            self._context.clear_abort()
        with contextlib.suppress(Aborted, NoRoom):
            self._use(self._recalibrate(empty.number))

    def _use(self, calibration: Calibration) -> None:
        self.calibration = calibration
        self._costs = StepCosts(calibration.steps)
        self._pace = Pace(calibration.prompt_threads)
        # For batches of few tokens, and for chunks of prompts.
        self._few = ThreadControl(calibration.threads, calibration.steps[1])
        self._many = ThreadControl(calibration.prompt_threads, 1 / calibration.prefill_speed)

    def _step(self) -> None:
        with self._wake:
            self._context.clear_abort()
            self._drop_cancelled()
            self._admit()
            self._in_hand = runs = self._plan()
        items = self._items(runs)
        if not items:
            return
        control = self._few if len(items) < _MANY else self._many
        self._context.set_threads(control.count)
        started = time.monotonic()
        try:
            self._context.decode(items)
        except Aborted:
            return
        except NoRoom:
            self._make_room()
            return
        self.cache.count_step()
        self._measure(runs, len(items), time.monotonic() - started)
        for run in runs:
            self._score(run)
            self._accept(run)
            if run.logits_at >= 0:
                self._generate(run)

    def _drop_cancelled(self) -> None:
        for run in list(self._running):
            if run.job.cancelled:
                self._finish(run, "cancelled")
            elif run.overdue():
                self._finish(run, "deadline")
        for job in list(self._waiting):
            expired = job.deadline is not None and time.monotonic() > job.deadline
            if job.cancelled or expired:
                self._waiting.remove(job)
                job.finished = True
                job.emit(Finish(stop_type="cancelled" if job.cancelled else "deadline"))

    def _admit(self) -> None:
        """Give waiting jobs a sequence, most urgent first."""
        for job in list(self._waiting):
            leader = job.leader
            if leader is not None and not (leader.prefilled or leader.finished):
                continue
            if len(self.cache.idle()) <= self._kept_free(job.priority):
                continue
            self._waiting.remove(job)
            sequence = self.cache.choose(job.document, job.prompt)
            reused = self.cache.begin(sequence, job.prompt, fresh=job.scores + 1)
            sequence.document = job.document
            guesser = self._drafts.begin(sequence.number, job.group, job.prompt)
            self._running.append(_Run(job, sequence, reused, guesser))
            self.counters.reused += reused

    def _kept_free(self, priority: Priority) -> int:
        """How many sequences are not for jobs of this priority."""
        runs_batch = any(run.job.priority == Priority.BATCH for run in self._running)
        if priority == Priority.BATCH:
            return _RESERVED if runs_batch else 0
        return int(not runs_batch and any(job.priority == Priority.BATCH for job in self._waiting))

    def _plan(self) -> list[_Run]:
        """Whose tokens the next batch holds: interactive jobs' alone while there are any, those
        with the fewest first. Who has waited long comes before, with a part of the batch."""
        urgent = min((run.job.priority for run in self._running), default=Priority.INTERACTIVE)
        if urgent == Priority.BATCH:
            self._last_pause = time.monotonic()
        chosen = [run for run in self._running if run.job.priority == urgent]
        chosen.sort(key=lambda run: len(run.pending))
        wanted = min(sum(len(run.pending) for run in chosen), self._context.batch)
        late = self._late(urgent)
        planned = [*late, *(run for run in chosen if run not in late)]
        least = _CROWDED_CHUNK if self._crowded() else _LATE_CHUNK
        beside = max(least, round(_LATE_BATCH_PART * wanted))
        total = 0
        for run in planned:
            room = max(0, self._chunk(run) - total)
            if run.job.priority != urgent:
                room = beside - total
            elif run in late:
                room = max(_LATE_CHUNK, round(_LATE_PART * wanted))
            run.chunk = list(islice(run.pending, room))
            run.draft = []
            total += len(run.chunk)
        self._draft([run for run in planned if len(run.chunk) == len(run.pending)], total)
        return planned

    def _late(self, urgent: Priority) -> list[_Run]:
        """Who has to have a part of the step: batch jobs beside more urgent ones if none of them
        had any, and of those the one that had none for longest; who waited longest first."""
        now = time.monotonic()
        patience = _CROWDED_PATIENCE_S if self._crowded() else _PATIENCE_S
        by_wait = sorted(self._running, key=lambda run: run.served)
        batch = [run for run in by_wait if run.job.priority == Priority.BATCH > urgent]
        if batch and batch[-1].served > now - patience:
            batch = []
        waiting = [run for run in by_wait if run.job.priority == urgent]
        return [*batch, *(run for run in waiting[:1] if run.served < now - _PATIENCE_S)]

    def _crowded(self) -> bool:
        return time.monotonic() - self._last_pause > _NO_PAUSE_S

    def _draft(self, runs: list[_Run], tokens: int) -> None:
        """Add guesses to `runs`, whose next tokens are generated in this step, where they pay."""
        if not runs or not self._may_draft or tokens >= _MANY:
            return
        drafts = [run.guesser.guesses(self._room(run)) for run in runs]
        saved = self._costs(len(runs)) / len(runs)
        for run, guesses, length in zip(
            runs, drafts, allot(drafts, self._costs, tokens, saved), strict=True
        ):
            run.draft = [guess.token for guess in guesses[:length]]

    def _room(self, run: _Run) -> int:
        """The most guesses of which the job could use every one."""
        in_context = self._context.tokens - len(run.sequence.tokens) - len(run.chunk) - 2
        return max(0, min(run.job.max_tokens - len(run.output) - 1, in_context))

    @staticmethod
    def _items(runs: list[_Run]) -> list[Item]:
        items: list[Item] = []
        for run in runs:
            ready = len(run.chunk) == len(run.pending)
            run.logits_at = len(items) + len(run.chunk) - 1 if ready else -1
            run.scores_at = len(items)
            wanted = min(len(run.chunk) - ready, run.unscored())
            start, number = len(run.sequence.tokens), run.sequence.number
            for offset, token in enumerate(run.chunk + run.draft):
                items.append(Item(token, start + offset, number, offset >= wanted))
        return items

    def _chunk(self, run: _Run) -> int:
        """The most tokens for a batch with `run` in it."""
        typing = time.monotonic() - self._last_typed < _TYPING_S
        if typing and run.job.priority != Priority.INTERACTIVE:
            return _SMALL_CHUNK
        return min(self.calibration.chunk, SPARE_OUTPUTS if run.job.scores else self._context.batch)

    def _measure(self, runs: list[_Run], tokens: int, seconds: float) -> None:
        """Learn from the time of a step."""
        if tokens < _MANY:
            alone = self._costs.expected(tokens) / self._costs.expected(1)
            self._few.record(seconds / alone, time.monotonic())
            self._pace.record(seconds, self._costs.expected(tokens))
        else:
            self._many.record(seconds / tokens, time.monotonic())
            self._pace.record(seconds, tokens / self.calibration.prefill_speed)
        if all(len(run.chunk) == 1 for run in runs):
            self.counters.decode_steps += 1
            self.counters.decode_seconds += seconds
            self._costs.record(tokens, seconds)
        else:
            self.counters.prefill_seconds += seconds

    def _score(self, run: _Run) -> None:
        """Keep what the model makes of the prompt's tokens behind those of the chunk."""
        job = run.job
        start = len(run.sequence.tokens)
        for offset in range(run.unscored(), len(run.chunk)):
            if start + offset + 1 < len(job.prompt):
                logits = self._context.logits(run.scores_at + offset)
                token = job.prompt[start + offset + 1]
                top = tuple(likeliest(logits, job.top_scores)) if job.top_scores else ()
                run.scores.append(Score(token, log_probability(logits, token), top))

    def _accept(self, run: _Run) -> None:
        """Record that the run's part of the batch is in the cache now."""
        run.sequence.tokens += run.chunk + run.draft
        if run.chunk:
            run.served = time.monotonic()
        for _ in run.chunk:
            run.pending.popleft()
        if run.first is None:
            run.evaluated += len(run.chunk)
            self.counters.evaluated[run.job.priority] += len(run.chunk)

    def _generate(self, run: _Run) -> None:
        """Choose the token behind the run's chunk, and behind each guess of its draft as long as
        they hold. The last one is queued for the next step."""
        job = run.job
        if run.first is None:
            run.first = time.monotonic()
            job.prefilled = True
            job.emit(
                Started(
                    reused=run.reused,
                    evaluated=run.evaluated,
                    queue_ms=(run.started - job.created) * 1000,
                    prefill_ms=(run.first - run.started) * 1000,
                    scores=tuple(run.scores),
                )
            )
        self.counters.drafted += len(run.draft)
        behind = len(run.sequence.tokens) - len(run.draft)
        for index, guess in enumerate([*run.draft, None]):
            token, ending = self._next(run, run.logits_at + index)
            if ending or token != guess:
                run.sequence.truncate(behind + index)
                break
            self.counters.accepted += 1
        if ending:
            self._finish(run, ending)
        else:
            run.pending.append(token)

    def _next(self, run: _Run, item: int) -> tuple[int, str]:
        """Choose a token from the logits behind `item` and give it out; and how the job ends by
        it, empty where it goes on."""
        job = run.job
        if len(run.output) >= job.max_tokens:
            return -1, "limit"
        if run.forced:
            self._healer.mask(self._context.logits(item), run.forced)
        token = job.sampler.choose(self._context, item)
        if self._vocab.is_end(token):
            return token, "eos"
        run.output.append(token)
        run.guesser.add(token)
        logprob, top = self._log_probabilities(run, item, token)
        text = run.text.feed(self._unforced(run, self._vocab.piece(token)))
        job.emit(Token(token, text, logprob, top))
        if run.text.stopped_by:
            return token, "word"
        if len(job.prompt) + len(run.output) >= self._context.tokens:
            return token, "context"
        return token, "limit" if len(run.output) >= job.max_tokens else ""

    def _log_probabilities(
        self, run: _Run, item: int, token: int
    ) -> tuple[float | None, tuple[tuple[int, float], ...]]:
        if run.job.top_logprobs is None:
            return None, ()
        logits = self._context.logits(item)
        count = run.job.top_logprobs
        return log_probability(logits, token), tuple(likeliest(logits, count) if count else ())

    def _unforced(self, run: _Run, piece: bytes) -> bytes:
        """What of `piece` goes beyond the text that had to be spelled again."""
        again = min(len(run.forced), len(piece))
        run.forced = run.forced[again:]
        return piece[again:]

    def _make_room(self) -> None:
        """Let an idle sequence leave; with none left, do without drafts, then end the newest
        job."""
        if self.cache.make_room():
            return
        if any(run.draft for run in self._running):
            self._may_draft = False
            return
        newest = max(self._running, key=lambda run: (run.job.priority, run.started))
        self._finish(newest, "context")

    def _finish(self, run: _Run, stop_type: str, error: str = "") -> None:
        now = time.monotonic()
        first = run.first if run.first is not None else now
        run.job.sampler.close()
        self.cache.end(run.sequence)
        self._may_draft = True
        self._drafts.remember(run.job.group, run.job.prompt, run.output)
        with self._wake:
            self._running.remove(run)
            run.job.finished = True
        self.counters.generated += len(run.output)
        self.counters.thrown_away += len(run.output) if stop_type == "cancelled" else 0
        self.counters.finished[stop_type] += 1
        run.job.emit(
            Finish(
                stop_type=stop_type,
                text="" if stop_type in ("cancelled", "error") else run.text.finish(),
                stopping_word=run.text.stopped_by,
                error=error,
                prompt_tokens=len(run.job.prompt),
                reused=run.reused,
                evaluated=run.evaluated,
                generated=len(run.output),
                queue_ms=(run.started - run.job.created) * 1000,
                prefill_ms=(first - run.started) * 1000,
                decode_ms=(now - first) * 1000,
            )
        )


def _replaces(newer: Job, older: Job) -> bool:
    """Whether `older` is of no use any more: of the same group, or a warm-up of the sequence that
    `newer` is going to use."""
    if newer.group and newer.group == older.group:
        return True
    warms_up = older.priority == Priority.WARM_UP and newer.priority == Priority.INTERACTIVE
    return warms_up and newer.document == older.document
