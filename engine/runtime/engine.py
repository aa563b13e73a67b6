"""The model, its context and the scheduler's thread, behind one object."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from midfill.engine.errors import MidfillError
from midfill.engine.models.hardware import cores
from midfill.engine.runtime import calibration, offload
from midfill.engine.runtime.config import EngineConfig
from midfill.engine.runtime.context import Context, DecodeFailed
from midfill.engine.runtime.measured import Calibration
from midfill.engine.runtime.model import Model
from midfill.engine.runtime.offload import Plan
from midfill.engine.runtime.sampler import Healer
from midfill.engine.runtime.scheduler import Scheduler

_log = logging.getLogger(__name__)


class Engine:
    """Loads a model in a thread of its own, and runs its scheduler there.

    Args:
        on_failure: called in that thread when the model cannot be loaded or decoding fails.
    """

    def __init__(self, config: EngineConfig, on_failure: Callable[[Exception], None]) -> None:
        self.config = self._asked = config
        self.plan = Plan(0)
        self.progress = 0.0
        self.error = ""
        self.started = time.monotonic()
        self._on_failure = on_failure
        self._model: Model | None = None
        self._scheduler: Scheduler | None = None
        self._thread = threading.Thread(target=self._run, name="llama", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether jobs can be taken."""
        return self._scheduler is not None and not self.error

    @property
    def model(self) -> Model:
        """The loaded model; only when `ready`."""
        assert self._model is not None
        return self._model

    @property
    def scheduler(self) -> Scheduler:
        """The running scheduler; only when `ready`."""
        assert self._scheduler is not None
        return self._scheduler

    @property
    def idle_seconds(self) -> float:
        """Since when nothing was asked of the engine; 0 while it works or loads."""
        if self._scheduler is None or self._scheduler.busy:
            return 0.0
        return time.monotonic() - self._scheduler.last_active

    def stop(self) -> None:
        """End all jobs and free the model."""
        if self._scheduler is not None:
            self._scheduler.stop()
            self._thread.join()

    def _run(self) -> None:
        try:
            model, context, scheduler = self._load()
            self._model, self._scheduler = model, scheduler
            scheduler.run()
            context.close()
            model.close()
        except Exception as error:
            if isinstance(error, DecodeFailed) and self.config.gpu_layers:
                offload.take_less(self._asked)
            self.error = str(error) if isinstance(error, MidfillError) else repr(error)
            _log.exception("the engine failed")
            self._on_failure(error)

    def _load(self) -> tuple[Model, Context, Scheduler]:
        self.plan, (model, context, found) = offload.load(self._asked, self._attempt)
        config = self.config
        _log.info("of %d layers, on GPUs: %s", model.layers, self.plan)
        scheduler = Scheduler(
            context,
            model.vocab,
            Healer(model.vocab),
            found,
            lambda sequence: calibration.measure(context, config, sequence),
        )
        return model, context, scheduler

    def _attempt(self, plan: Plan) -> tuple[Model, Context, Calibration]:
        """Load the model so, and evaluate something with it: memory is taken then too."""
        config = self.config = msgspec.structs.replace(self._asked, gpu_layers=plan.layers)

        def on_progress(fraction: float) -> None:
            self.progress = fraction

        with contextlib.ExitStack() as on_failure:
            model = Model(
                Path(config.path),
                gpu_layers=plan.layers,
                gpu_split=plan.split,
                repack=config.repack,
                on_progress=on_progress,
            )
            on_failure.callback(model.close)
            context = Context(
                model,
                tokens=min(config.context_tokens, model.context_length),
                sequences=config.sequences,
                batch=config.batch,
                threads=config.threads or cores(),
                compact=plan.compact,
            )
            on_failure.callback(context.close)
            found = calibration.calibrate(context, config)
            on_failure.pop_all()
        return model, context, found
