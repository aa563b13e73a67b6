"""What is done to a suggestion before anybody sees it: a list of pure functions, one in each file.

Each takes the suggestion and its cursor and gives back what is left of the suggestion, or the
reason why nothing is. They cut, drop and adapt blank space; none of them adds to the text.
"""

from __future__ import annotations

from collections.abc import Callable

from midfill.engine.completion.cursor import Cursor, unix
from midfill.engine.completion.filters.blank_space import blank_space
from midfill.engine.completion.filters.closed_already import closed_already
from midfill.engine.completion.filters.code_fence import code_fence
from midfill.engine.completion.filters.copy_of_above import copy_of_above
from midfill.engine.completion.filters.copy_of_below import copy_of_below
from midfill.engine.completion.filters.indentation import indentation
from midfill.engine.completion.filters.invisible import invisible
from midfill.engine.completion.filters.line_ends import line_ends
from midfill.engine.completion.filters.overlap import overlap
from midfill.engine.completion.filters.repeated_blocks import repeated_blocks
from midfill.engine.completion.filters.repeated_lines import repeated_lines
from midfill.engine.completion.filters.repeated_words import repeated_words
from midfill.engine.completion.filters.special_tokens import special_tokens
from midfill.engine.completion.filters.too_short import too_short
from midfill.engine.completion.reason import Reason

Filter = Callable[[str, Cursor], str | Reason]

FILTERS: tuple[Filter, ...] = (
    blank_space,
    special_tokens,
    invisible,
    code_fence,
    overlap,
    copy_of_below,
    copy_of_above,
    closed_already,
    repeated_blocks,
    repeated_lines,
    repeated_words,
    indentation,
    too_short,
    line_ends,
)


def apply(suggestion: str, cursor: Cursor) -> str | Reason:
    """What is left of `suggestion` after all filters, never a blank text; or why nothing is.

    What one filter cut may show another one something: they are gone through until nothing changes.
    """
    before = None
    while suggestion != before:
        before, suggestion = suggestion, unix(suggestion)
        for each in FILTERS:
            left = each(suggestion, cursor)
            if isinstance(left, Reason):
                return left
            suggestion = left
    return suggestion
