"""Callback that diagnoses a model during a fit."""

from __future__ import annotations

import time

import keras
import numpy as np

from mlcourse.diagnosis.diagnose import TESTS, evidence_of
from mlcourse.diagnosis.findings import Diagnosis, Finding
from mlcourse.history import History

MAX_FRACTION = 0.05  # of the time of a fit


class DiagnosisCallback(keras.callbacks.Callback):
    """Keras callback that looks for faults during a fit, in at most 5 % of its time.

    At the end of an epoch it makes one test after the other as long as all tests so far took less
    than 5 % of the time since the start, and continues with the next one after the next epoch; the
    last test may exceed that. It leaves out what trains a copy of the model; `diagnose` does that.
    A finding of more than low confidence is printed when it appears.

    Args:
        x, y, validation_data, test_data, seed: as for `diagnose`.
        batch_size: examples per batch; None for 32.

    Attributes:
        diagnosis: the `Diagnosis` so far.

    Raises:
        ValueError: at the start of the fit, as `diagnose`.

    Example:
        >>> callback = DiagnosisCallback(x, y, (x_val, y_val))  # doctest: +SKIP
        >>> model.fit(x, y, callbacks=[callback])  # doctest: +SKIP
        >>> callback.diagnosis  # doctest: +SKIP
        nothing found of: NaN in inputs, ...
    """

    def __init__(
        self,
        x: np.typing.ArrayLike,
        y: np.typing.ArrayLike,
        validation_data: tuple | None = None,
        *,
        test_data: tuple | None = None,
        batch_size: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._data = x, y, validation_data
        self._options = {"test_data": test_data, "batch_size": batch_size, "seed": seed}
        self._results: dict[str, Finding | None] = {}

    @property
    def diagnosis(self) -> Diagnosis:
        """The findings so far."""
        findings = [finding for finding in self._results.values() if finding is not None]
        return Diagnosis(findings, list(self._results))

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Check the data, and start without findings."""
        self._start = time.perf_counter()
        self._history = History()
        self._evidence()
        self._results = {}
        self._next = 0
        self._seconds = 0.0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Make the next tests, as many as the time allows."""
        self._history.add(epoch + 1, logs or {})
        evidence = None
        for _ in TESTS:
            if self._seconds >= MAX_FRACTION * (time.perf_counter() - self._start):
                return
            start = time.perf_counter()
            evidence = evidence or self._evidence()
            self._make(TESTS[self._next % len(TESTS)], evidence)
            self._next += 1
            self._seconds += time.perf_counter() - start

    def _evidence(self):
        options = {**self._options, "may_train": False}
        return evidence_of(self.model, *self._data, self._history, **options)

    def _make(self, test, evidence):
        """Make a test if the evidence allows it, and print a new finding."""
        if not test.is_possible(evidence):
            return
        before = self._results.get(test.name)
        finding = test.find(evidence)
        self._results[test.name] = finding
        if finding is not None and before is None and finding.confidence != "low":
            print(f"\n{finding}")
