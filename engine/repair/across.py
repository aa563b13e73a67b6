"""A wish that concerns several files, which are changed together by search/replace blocks."""

from __future__ import annotations

from collections.abc import Mapping

from midfill.engine.backend import ChatRequest, Message
from midfill.engine.context.tokens import estimate
from midfill.engine.repair import grammar, lines
from midfill.engine.repair.answer import LONGEST
from midfill.engine.repair.ask import SYSTEM, Case
from midfill.engine.repair.blocks import blocks_in, placed
from midfill.engine.repair.edit import NoEdit
from midfill.engine.repair.model import Model

# The blocks may have more tokens than all of the files by so many.
_MORE = 256
_TEMPERATURE = 0.8
_FORM = """\
Answer with nothing but short blocks of this form, each under the path of its file:
{path}
<<<<<<< SEARCH
lines as they are
=======
lines as they shall be
>>>>>>> REPLACE"""


async def across(
    model: Model, texts: Mapping[str, str], case: Case, seed: int
) -> tuple[dict[str, str], tuple[Message, ...]] | None:
    """The new texts of those files that the answer changes, and the conversation.

    None: it came to no end, and was given up.

    Args:
        seed: 0 for the likeliest answer.

    Raises:
        NoEdit: the blocks of the answer do not fit.
        BackendError: the model cannot answer.
    """
    shown = "\n".join(f"{path}\n{lines.plain(text).rstrip()}\n" for path, text in texts.items())
    asked = f"{shown}\n{case.wish}\n{_FORM.format(path=next(iter(texts)))}"
    messages = (Message("system", SYSTEM), Message("user", asked))
    answer = await model.write(
        ChatRequest(
            messages=messages,
            max_tokens=estimate(shown) + _MORE,
            temperature=_TEMPERATURE if seed else 0.0,
            seed=seed,
            grammar=grammar.blocks(texts),
            files=tuple(texts),
        ),
        lambda written: len(written) > LONGEST,
    )
    if not answer.ended:
        return None
    changed = placed(blocks_in(answer.text), texts)
    if not changed.keys() <= texts.keys():
        raise NoEdit("the answer names another file")
    return changed, (*messages, Message("assistant", answer.text))
