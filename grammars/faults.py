"""Syntax errors, and which of them a change brought in.

Some parsers report errors in valid code, so one version of a text says little: compare two.
"""

from __future__ import annotations

from collections import Counter

from midfill.grammars.difference import Difference, difference
from midfill.grammars.tree import Fault, Tree

_NOWHERE = -1


def syntax_errors(tree: Tree) -> list[Fault]:
    """Every place the parser could not read, in the order of the text."""
    return tree.faults()


def new_errors(before: Tree, after: Tree) -> list[Fault]:
    """The faults of `after` that `before` does not have, however far the lines have moved.

    A fault is an old one if it covers the same text as before, outside of what was changed or
    around all of it; or else if one of the same kind with the same words has gone. So a fault as
    large as the file hides what a change brings in.
    """
    change = difference(before.text, after.text)
    old = {_moved(fault, change): fault for fault in before.faults()}
    faults = after.faults()
    stayed = old.keys() & set(faults)
    gone = Counter(_words(before, fault) for place, fault in old.items() if place not in stayed)
    new = []
    for fault in faults:
        words = _words(after, fault)
        if fault in stayed:
            continue
        if gone[words]:
            gone[words] -= 1
        else:
            new.append(fault)
    return new


def _moved(fault: Fault, change: Difference) -> Fault:
    """The fault where it would be after the change; nowhere if the change cuts through it."""
    shift = change.new_end - change.old_end
    start, end = fault.start, fault.end
    if start >= change.old_end:
        start += shift
    elif start > change.start:
        start = _NOWHERE
    if end > change.start:
        end = end + shift if end >= change.old_end else _NOWHERE
    return fault._replace(start=start, end=end)


def _words(tree: Tree, fault: Fault) -> tuple[str, str, str]:
    """Kind and place in the grammar, with the text that could not be read, or else its line."""
    text = tree.text[fault.start : fault.end]
    if not text.strip():
        line = tree.text.rfind("\n", 0, fault.start) + 1
        text = tree.text[line : fault.end] + tree.text[fault.end :].partition("\n")[0]
    return fault.kind, fault.inside, " ".join(text.split())
