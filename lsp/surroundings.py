"""What the model is shown of the folders that the editor has open."""

from __future__ import annotations

from midfill.engine.context.retrieval import Retrieval
from midfill.engine.context.ring import Ring
from midfill.engine.context.shown import Shown
from midfill.engine.settings import Settings


class Surroundings:
    """Retrieval for all folders of the editor. `shown` is None where the settings want none."""

    def __init__(self) -> None:
        self._ring = Ring()
        self._retrieval = Retrieval(self._ring)
        self.shown: Shown | None = None
        self.budget = 0

    def use(self, settings: Settings) -> None:
        """Choose by these settings from now on."""
        if self.shown is not None:
            self.shown.close()
        self.budget = settings.context.tokens
        self.shown = (
            Shown(self._retrieval, self._ring, settings) if settings.context.enabled else None
        )
