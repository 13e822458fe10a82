"""Keras models as scikit-learn classifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlcourse._core import checks

if TYPE_CHECKING:
    import scikeras.wrappers


def classifier(build: Callable, **settings: object) -> scikeras.wrappers.KerasClassifier:
    """Return a scikit-learn classifier for a function that builds a Keras model.

    The result is a `scikeras.wrappers.KerasClassifier` with the tags of a classifier, so
    `GridSearchCV` and `cross_val_score` stratify their folds. (scikit-learn does not stratify
    one-hot labels: use integer labels or class names.) The arguments of `build` are parameters of
    the classifier, with their defaults. A model without an input shape gets that of the data.
    `n_jobs` may be larger than 1, but each process loads Keras, so it pays for long fits only.

    Args:
        build: a function that returns a compiled Keras model.
        settings: arguments of `build` and of `KerasClassifier`, such as epochs, batch_size,
            verbose and random_state.

    Returns:
        An estimator with fit, predict, predict_proba and score.

    Raises:
        ValueError: if build is not a function, or a setting is an argument of neither.

    Example:
        >>> wrapped = classifier(build, epochs=5, verbose=0)  # doctest: +SKIP
        >>> GridSearchCV(wrapped, {"units": [32, 64]}, cv=3).fit(x, y)  # doctest: +SKIP
    """
    checks.function("build", build)
    from mlcourse.tuning.keras_classifier import Classifier, accepts_any, is_setting

    for name in settings:
        if not (is_setting(name, build) or accepts_any(build)):
            rule = "each setting must be an argument of build or of KerasClassifier"
            raise ValueError(f"{rule}. Got {name!r} instead.")
    return Classifier(build, **settings)


KerasClassifier = classifier
"""The name of this function in old course notebooks."""
