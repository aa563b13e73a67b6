"""Request bodies. Unknown fields are ignored, as OpenAI's and llama.cpp's servers do."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from midfill.engine.backend import Extra
from midfill.engine.runtime.sampler import SamplingParams

Tokens = Annotated[int, Meta(ge=1)]
_Penalty = Annotated[float, Meta(ge=-2, le=2)]


class Sampled(msgspec.Struct, kw_only=True):
    """The fields that every generating route has."""

    model: str | None = None
    stream: bool = False
    stop: str | list[str] | None = None
    temperature: Annotated[float, Meta(ge=0)] | None = None
    top_k: int = 40
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    min_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    repeat_penalty: Annotated[float, Meta(gt=0)] = 1.0
    frequency_penalty: _Penalty = 0.0
    presence_penalty: _Penalty = 0.0
    seed: int | None = None
    grammar: str = ""
    priority: int | None = None

    def sampling(self, temperature: float) -> SamplingParams:
        """Sampling parameters; `temperature` is the route's default."""
        return SamplingParams(
            temperature=temperature if self.temperature is None else self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            min_p=self.min_p,
            repeat_penalty=self.repeat_penalty,
            frequency_penalty=self.frequency_penalty,
            presence_penalty=self.presence_penalty,
            seed=self.seed,
            grammar=self.grammar,
        )

    def stop_words(self) -> tuple[str, ...]:
        """`stop` as a tuple."""
        if self.stop is None:
            return ()
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)


class StreamOptions(msgspec.Struct):
    """OpenAI's `stream_options`, and vLLM's for usage before the end."""

    include_usage: bool = False
    continuous_usage_stats: bool = False


class Completion(Sampled, kw_only=True):
    """`/v1/completions`. With `suffix`, the prompt is completed in the middle."""

    prompt: str | list[int | str | list[int]]
    suffix: str | None = None
    max_tokens: Tokens = 16
    n: Annotated[int, Meta(ge=1, le=16)] = 1
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    stream_options: StreamOptions | None = None


class Message(msgspec.Struct, omit_defaults=True):
    """A chat message. Content is text, or OpenAI's list of parts of which only text is known."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None

    def text(self) -> str:
        """The content as one text.

        Raises:
            ValueError: a part is not text.
        """
        if not isinstance(self.content, list):
            return self.content or ""
        if any(part.get("type") != "text" for part in self.content):
            raise ValueError("only parts of type 'text' are supported")
        return "".join(str(part.get("text", "")) for part in self.content)


class Chat(Sampled, kw_only=True):
    """`/v1/chat/completions`. `continue_final_message` and `prompt_logprobs` are vLLM's.

    With `continue_final_message` the last message is the beginning of the answer. Then
    `prompt_logprobs` asks what the model makes of each of that message's tokens, and which others
    it would rather have written; `prompt_logprobs_start`, ours, is the character that they begin
    at.
    """

    messages: Annotated[list[Message], Meta(min_length=1)]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    n: Annotated[int, Meta(ge=1, le=16)] = 1
    logprobs: bool = False
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] = 0
    stream_options: StreamOptions | None = None
    continue_final_message: bool = False
    prompt_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    prompt_logprobs_start: Annotated[int, Meta(ge=0)] = 0


class Infill(Sampled, kw_only=True):
    """llama.cpp's `/infill`; `filename`, `repository`, `document` and the budgets are ours.

    `branch` names a prompt of the document beside the one in use.
    """

    input_prefix: str
    input_suffix: str
    input_extra: tuple[Extra, ...] = ()
    prompt: str = ""
    n_predict: int = 96
    t_max_prompt_ms: Annotated[float, Meta(ge=0)] = 0
    t_max_predict_ms: Annotated[float, Meta(ge=0)] = 0
    filename: str = ""
    repository: str = ""
    document: str = ""
    branch: str = ""
    prefix_tokens: Tokens | None = None
    suffix_tokens: Annotated[int, Meta(ge=0)] | None = None
    timeout_ms: Annotated[int, Meta(ge=1)] | None = None


class Tokenize(msgspec.Struct, kw_only=True):
    """llama.cpp's `/tokenize`. Special tokens are parsed only where asked for."""

    content: str
    parse_special: bool = False
    with_pieces: bool = False


class Detokenize(msgspec.Struct, kw_only=True):
    """llama.cpp's `/detokenize`."""

    tokens: list[Annotated[int, Meta(ge=0)]]
