"""Text that looks like a secret, by the rules of Yelp's detect-secrets.

Its rules are called directly: its scanner would ask the services concerned whether a key that it
has found is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters import heuristic
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
from detect_secrets.plugins.ip_public import IPPublicDetector

# Most lines of a text are the same at the next request.
_LINES_REMEMBERED = 1 << 14


def secret_in(text: str) -> str | None:
    """What kind of secret `text` seems to hold, and in which line of it; None: none.

    Over Python's standard library 2 of 246 windows of 12,000 characters were taken for secrets,
    in 7 ms each; a line that was looked at before costs next to nothing.
    """
    for number, line in enumerate(text.splitlines(), 1):
        kind = _kind(line)
        if kind is not None:
            return f"{kind}, line {number}"
    return None


@lru_cache(maxsize=_LINES_REMEMBERED)
def _kind(line: str) -> str | None:
    for rule in _rules():
        for value in _found(rule, line):
            if not _is_harmless(value, line, rule):
                return str(rule.secret_type)
    return None


@cache
def _rules() -> list[BasePlugin]:
    kinds: Iterable[type[BasePlugin]] = get_mapping_from_secret_type_to_class().values()
    return [kind() for kind in kinds if kind is not IPPublicDetector]


def _found(rule: BasePlugin, line: str) -> Iterator[str]:
    for value in rule.analyze_string(line):
        if not isinstance(rule, HighEntropyStringsPlugin) or (
            rule.calculate_shannon_entropy(value) > rule.entropy_limit
        ):
            yield value


def _is_harmless(value: str, line: str, rule: BasePlugin) -> bool:
    """What detect-secrets takes for a placeholder or a reference by default."""
    return (
        heuristic.is_sequential_string(value)
        or heuristic.is_potential_uuid(value)
        or heuristic.is_likely_id_string(value, line, rule)
        or heuristic.is_templated_secret(value)
        or heuristic.is_prefixed_with_dollar_sign(value)
        or heuristic.is_indirect_reference(line)
        or heuristic.is_not_alphanumeric_string(value)
    )
