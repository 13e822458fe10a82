"""Diagnosis of a model, its data and its training, after a fit or during it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.diagnosis import data_tests, label_tests, model_tests, training_tests
from mlcourse.diagnosis.evidence import Evidence, Part
from mlcourse.diagnosis.findings import Diagnosis, Finding
from mlcourse.history import History

MAX_FRACTION = 0.05  # of the time of a fit, for the tests of the callback


@dataclass(frozen=True)
class Test:
    """A test for one fault.

    Attributes:
        name: name of the fault.
        find: function of an `Evidence` that returns a `Finding`, or None.
        needs: names of attributes of the evidence that must be true for the test.
    """

    name: str
    find: Callable
    needs: tuple[str, ...] = ()

    def is_possible(self, evidence):
        """Return whether the evidence has what the test needs."""
        return all(getattr(evidence, need) for need in self.needs)


FEATURES = ("has_features",)
VALIDATION = ("has_features", "validation")
CLASSES = ("has_features", "is_classification")
LEARNS = ("behaves", "has_kernels", "has_copy")
INITIAL = ("suits_loss", "is_classification", "has_copy")
TRAINS = ("can_train_a_copy",)
MIN_EXAMPLES = 10
NO_COPY = (
    "Tests that need a copy of the model were left out: Keras could not copy it. A layer of your "
    "own needs get_config, which returns the arguments of its __init__."
)
TESTS = (
    Test("NaN in inputs", data_tests.nan_in_inputs),
    Test("labels out of range", label_tests.labels_out_of_range, ("is_classification",)),
    Test("wrong loss for one-hot labels", label_tests.wrong_loss_for_one_hot_labels),
    Test("softmax twice", model_tests.softmax_twice),
    Test("logits without from_logits", model_tests.logits_without_from_logits),
    Test("wrong output layer", model_tests.wrong_output_layer, ("is_classification",)),
    Test("frozen weights", model_tests.frozen_weights),
    Test("constant inputs", data_tests.constant_inputs, FEATURES),
    Test("inputs not scaled", data_tests.inputs_not_scaled, FEATURES),
    Test("training and validation scaled differently", data_tests.scaled_differently, VALIDATION),
    Test("validation images augmented", data_tests.validation_augmented, VALIDATION),
    Test("images and labels out of step", label_tests.labels_out_of_step, CLASSES),
    Test("test data used for stopping", data_tests.test_data_for_stopping, ("validation", "test")),
    Test("duplicates across splits", data_tests.duplicates_across_splits, VALIDATION),
    Test("sorted batches", label_tests.sorted_batches, ("is_classification",)),
    Test("class imbalance", label_tests.class_imbalance, ("is_classification",)),
    Test("noisy labels", label_tests.noisy_labels, CLASSES),
    Test("batches too small for batch normalization", model_tests.small_batches_for_normalization),
    Test("no activation between layers", model_tests.no_activation_between_layers),
    Test("bottleneck", model_tests.bottleneck, ("is_classification",)),
    Test("saturated units", model_tests.saturated_units, ("behaves",)),
    Test("dead units", model_tests.dead_units, ("behaves",)),
    Test("vanishing gradients", model_tests.vanishing_gradients, LEARNS),
    Test("exploding gradients", model_tests.exploding_gradients, LEARNS),
    Test("shared weights", training_tests.shared_weights, ("history",)),
    Test("diverging", training_tests.diverging, ("history",)),
    Test("learning rate too high", training_tests.learning_rate_too_high, TRAINS),
    Test("learning rate too low", training_tests.learning_rate_too_low, TRAINS),
    Test("decays too early", training_tests.decays_too_early, ("history",)),
    Test("trained past the best epoch", training_tests.trained_past_the_best_epoch, ("history",)),
    Test("overfitting", training_tests.overfitting, ("is_trained", "validation", *CLASSES)),
    Test("initial loss", model_tests.initial_loss, INITIAL),
    Test(
        "cannot overfit a batch",
        training_tests.cannot_overfit_a_batch,
        ("is_classification", *TRAINS),
    ),
    Test("underfitting", training_tests.underfitting, ("is_trained", *CLASSES)),
)


def diagnose(
    model: keras.Model,
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    validation_data: tuple | None = None,
    history: object = None,
    *,
    test_data: tuple | None = None,
    batch_size: int | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Find out what is wrong with a model, its data and its training.

    Each fault of `FAULTS` has a test, before or after a fit; docs/diagnosis.md lists tests and
    thresholds. Most tests read a random sample of 2,000 examples. Some train a copy of the model
    for a few batches. Model, optimizer, data and random states stay unchanged.

    Args:
        model: a compiled Sequential or Functional model with one input and one output.
        x: training examples, an array, (n, ...), as passed to `model.fit`.
        y: targets, an array: integer labels, (n,), one-hot, (n, classes), or numbers.
        validation_data: pair of arrays (x, y), or None.
        history: training history, as in `mlcourse.history.as_histories`: the result of `model.fit`,
            or of several fits of a comparison; None before the fit.
        test_data: pair of arrays (x, y), or None.
        batch_size: examples per batch; None for that of the history, or 32.
        seed: integer seed of samples and experiments.

    Returns:
        A `Diagnosis`, a sequence of `Finding` objects, most likely first.

    Raises:
        ValueError: if the model is not compiled or has several inputs or outputs, if an array does
            not fit the model, or if the history cannot be read.

    Example:
        >>> diagnose(model, x, y, (x_val, y_val), history)  # doctest: +SKIP
        high: inputs not scaled. Inputs go from 0 to 255, with a root mean square of 90; ...
    """
    options = {"test_data": test_data, "batch_size": batch_size, "seed": seed}
    evidence = evidence_of(model, x, y, validation_data, history, **options)
    possible = [test for test in TESTS if test.is_possible(evidence)]
    findings = [test.find(evidence) for test in possible]
    names = [test.name for test in possible]
    reason = NO_COPY if evidence.suits_loss and not evidence.has_copy else ""
    return Diagnosis([finding for finding in findings if finding is not None], names, reason)


def evidence_of(
    model, x, y, validation_data, history, *, test_data, batch_size, seed, may_train=True
):
    """Return the checked arguments of `diagnose` as `Evidence`.

    Args:
        may_train: whether tests may train a copy of the model, which takes a second or more.
        model, x, y, validation_data, history, test_data, batch_size, seed: as for `diagnose`.
    """
    _check_model(model)
    seed = checks.seed(seed)
    if batch_size is not None:
        checks.integer("batch_size", batch_size, 1)
    rng = np.random.default_rng(seed)
    train = _part(model, "", (x, y), rng)
    validation = _part(model, " of validation_data", validation_data, rng)
    test = _part(model, " of test_data", test_data, rng)
    return Evidence(model, train, validation, test, history, batch_size, seed, may_train)


def _check_model(model):
    """Raise ValueError unless a model is compiled, and Sequential or Functional."""
    checks.instance("model", model, keras.Model, "keras.Sequential([...])")
    rule = "model must be compiled with an optimizer and a loss"
    if not model.compiled or model.optimizer is None or not isinstance(model.loss, str | Callable):
        raise ValueError(f"{rule}. Got {model!r} instead.")
    rule = "model must be Sequential or Functional, and built, with one input and one output"
    n_tensors = [len(getattr(model, name, None) or ()) for name in ("inputs", "outputs")]
    if n_tensors != [1, 1] or len(model.outputs[0].shape) != 2:
        raise ValueError(f"{rule} of shape (n, units). Got {model!r} instead.")


def _part(model, name, pair, rng):
    """Return a checked pair of arrays as a `Part`; None for None."""
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        rule = f"{name.removeprefix(' of ')} must be a pair of arrays (x, y)"
        raise ValueError(f"{rule}. Got {type(pair).__name__} instead.")
    x, y = (_numbers(f"{letter}{name}", array) for letter, array in zip("xy", pair, strict=True))
    checks.equal_lengths([x], [y], name)
    checks.input_shape(model, x, exactly=True, name=f"x{name}")
    checks.integer(f"the number of examples in x{name}", len(x), MIN_EXAMPLES)
    return Part(x, y, rng)


def _numbers(name, values):
    """Return an array of numbers with at least one axis; raise ValueError for other values."""
    array = checks.array(name, values)
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        rule = f"{name} must be an array of numbers, (n, ...)"
        raise ValueError(f"{rule}. Got {type(values).__name__} instead.")
    return array


class DiagnosisCallback(keras.callbacks.Callback):
    """Keras callback that looks for faults during a fit, in at most 5% of its time.

    At the end of an epoch it makes one test after the other as long as all tests so far took less
    than 5% of the time since the start, and continues with the next one after the next epoch; the
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
        self._seconds = time.perf_counter() - self._start

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
