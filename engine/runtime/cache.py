"""What lies in the KV cache, and what has left it and can be back without evaluation.

Without flash attention a step takes time for every cell up to the last in use, whoever's it is:
with the 0.5B on two cores 6 us each, so that the files of an hour ago double the time of a key. To
take 2,048 tokens out takes 20 ms, to put them back 5 ms, to evaluate them anew 5 s and more.
"""

from __future__ import annotations

from midfill.engine.runtime.context import Context, NoRoom
from midfill.engine.runtime.sequence import Sequence, common_prefix

# Copying fewer cells than this from another sequence saves nothing.
_WORTH_SHARING = 32
# Those that were used within so many steps take turns. They stay for one another: leaving and
# coming back takes as long as some steps are slowed by.
_TURN_STEPS = 64


class Cache:
    """The sequences of a context. As many tokens as it has room for are kept beside it, too."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.sequences = [Sequence(context, number) for number in range(context.sequences)]
        self._steps = 0

    def tokens(self) -> int:
        """Tokens held in all sequences; shared ones count once for each."""
        return sum(len(sequence.tokens) for sequence in self.sequences)

    def missing(self, prompt: list[int]) -> int:
        """About how many tokens of `prompt` no sequence has: any thread may ask."""
        return len(prompt) - max(common_prefix(each.tokens, prompt) for each in self.sequences)

    def idle(self) -> list[Sequence]:
        """Those that a job can have."""
        return [sequence for sequence in self.sequences if not sequence.busy]

    def choose(self, document: str, prompt: list[int]) -> Sequence:
        """The document's own sequence, else one that begins alike, else the least recent one."""
        idle = self.idle()
        if document:
            for sequence in idle:
                if sequence.document == document:
                    return sequence
        else:
            nameless = [s for s in idle if s.tokens and not s.document]
            best = max(nameless, key=lambda s: common_prefix(s.tokens, prompt), default=None)
            if best is not None and _is_most(best, prompt):
                return best
        return min(idle, key=lambda s: (bool(s.tokens), _age(s)))

    def begin(self, sequence: Sequence, prompt: list[int], fresh: int) -> int:
        """Have in `sequence` what is evaluated of `prompt` already, by whichever sequence, without
        its `fresh` last tokens; how many that are."""
        own = common_prefix(sequence.tokens, prompt)
        source = max(self.sequences, key=lambda s: common_prefix(s.tokens, prompt))
        if common_prefix(source.tokens, prompt) < own + _WORTH_SHARING:
            source = sequence
        leaving = [] if self._context.flash else self._useless(sequence, source, prompt)
        sequence.last_used = source.last_used = self._steps
        for other in leaving:
            self._leave(other)
        if leaving and source in self._held():
            source.save()  # and comes back into lower cells
        self._restore(source)
        if source is not sequence:
            sequence.share(source, common_prefix(source.tokens, prompt))
        sequence.busy = True
        return sequence.reuse(prompt, fresh)

    def end(self, sequence: Sequence) -> None:
        """The job that had `sequence` is over."""
        sequence.busy = False
        sequence.last_used = self._steps

    def count_step(self) -> None:
        """A step was done."""
        self._steps += 1

    def make_room(self) -> bool:
        """Let the least recently used idle sequence leave; False where there is none."""
        oldest = min(self._held(), key=_age, default=None)
        if oldest is not None:
            self._leave(oldest)
        return oldest is not None

    def _useless(self, sequence: Sequence, source: Sequence, prompt: list[int]) -> list[Sequence]:
        """Which idle ones in the cache a job would only pay for."""
        takes_turns = self._steps - sequence.last_used <= _TURN_STEPS
        return [
            other
            for other in self._held()
            if other is not sequence
            and other is not source
            and not (takes_turns and self._steps - other.last_used <= _TURN_STEPS)
            and not (other.document and _is_most(other, prompt))
        ]

    def _held(self) -> list[Sequence]:
        return [s for s in self.idle() if s.tokens and not s.saved]

    def _leave(self, sequence: Sequence) -> None:
        """Documents leave all that they hold, candidates one that can be asked again."""
        newer = [s for s in self.sequences if s.busy or _age(s) > _age(sequence)]
        if not sequence.document and any(_is_most(sequence, each.tokens) for each in newer):
            sequence.clear()
            return
        sequence.save()
        saved = sorted((each for each in self.sequences if each.saved), key=_age)
        excess = sum(len(each.tokens) for each in saved) - self._context.tokens
        for each in saved:
            if excess > 0:
                excess -= len(each.tokens)
                each.clear()

    def _restore(self, sequence: Sequence) -> None:
        """Put it back into the cache; it holds nothing after that where there is no room."""
        while sequence.saved:
            try:
                sequence.restore()
            except NoRoom:
                if not self.make_room():
                    sequence.clear()


def _is_most(sequence: Sequence, tokens: list[int]) -> bool:
    """Whether most of what it holds is what `tokens` begin with."""
    return 2 * common_prefix(sequence.tokens, tokens) > len(sequence.tokens)


def _age(sequence: Sequence) -> tuple[float, int]:
    """Larger for what was used later."""
    return sequence.last_used, sequence.number
