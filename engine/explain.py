"""What a piece of code does, in a model's words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from midfill.engine.backend import ChatRequest, Message
from midfill.engine.context.files import Files
from midfill.engine.context.tokens import estimate
from midfill.engine.errors import UsageError
from midfill.engine.repair import lines
from midfill.engine.repair.ask import fence_for, uses
from midfill.engine.repair.known import Known
from midfill.engine.repair.localise import Place, Target, localise
from midfill.engine.repair.region import Region
from midfill.engine.repair.source import Source, read
from midfill.grammars.registry import language_for

_SYSTEM = "You are an expert programmer who explains code to a colleague in a few plain sentences."
_ASK = "What does it do, and what is to be watched out for? At most five sentences, no code."
_TOKENS = 384
# Shares of a model's context: the code, and the definitions that it uses.
_CODE, _RELATED = 1 / 2, 1 / 16


def request(
    file: Path, line: int | None, question: str, files: Files, context_tokens: int
) -> ChatRequest:
    """What to ask about the definition at a line of a file, 1-based, or about all of the file.

    Raises:
        MidfillError: the file is not read, or the index cannot be.
        UsageError: there is no such line, or too much code for so much context.
    """
    source = read(file, files)
    language = language_for(source.path, first_line=source.text)
    target = _target(source, line)
    code = source.text[target.region.start : target.region.end].rstrip()
    if estimate(code) > _CODE * context_tokens:
        raise UsageError(f"{source.path} is too long to explain at once: name a place with --at")
    with closing(Known(files.root)) as known:
        related = known.used(source.text, target, language)
    fence, name = fence_for(code, *related), language.name if language else ""
    code = lines.plain(lines.margin_at(source.text, target.region.start) + code)
    parts = [
        f"This is in {source.path}:",
        f"{fence}{name}",
        code,
        fence,
        *uses(related, round(_RELATED * context_tokens), fence, name),
        question or _ASK,
    ]
    return ChatRequest(
        messages=(Message("system", _SYSTEM), Message("user", "\n".join(parts))),
        max_tokens=_TOKENS,
        files=(source.path,),
        task="explain",
    )


def _target(source: Source, line: int | None) -> Target:
    if line is None:
        whole = Region(start=0, end=len(source.text))
        return Target(path=source.path, region=whole, score=0, reasons=())
    found = localise((), lambda path: source, lambda names: (), (Place(source.path, line, line),))
    if not found:
        raise UsageError(f"there is no line {line} in {source.path}")
    return found[0]
