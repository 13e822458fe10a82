"""Keras models for scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlcourse import checks

if TYPE_CHECKING:
    from scikeras.wrappers import KerasClassifier


def classifier(build: Callable, **settings: object) -> KerasClassifier:
    """Returns a scikit-learn classifier around a function that builds a Keras model.

    It is `scikeras.wrappers.KerasClassifier`, known to scikit-learn as a classifier: without that,
    `GridSearchCV` and `cross_val_score` would cut the examples into folds as they come, and not
    into folds that have all classes in the same shares. Their `n_jobs` may be larger than 1: each
    process loads Keras anew, which pays for long fits alone.

    Args:
        build: a function that returns a compiled Keras model.
        settings: what `KerasClassifier` takes: arguments of `build`, and those of a fit, such as
            epochs, batch_size, verbose and random_state. Those that a grid is to go through must be
            among them.

    Returns:
        An estimator with fit, predict, predict_proba and score.

    Example:
        >>> wrapped = classifier(build, units=32, epochs=5, verbose=0)  # doctest: +SKIP
        >>> GridSearchCV(wrapped, {"units": [32, 64]}, cv=3).fit(x, y)  # doctest: +SKIP
    """
    checks.function("build", build)
    from scikeras.wrappers import KerasClassifier

    class Classifier(KerasClassifier):
        """A `KerasClassifier` that says what it is, in the way of scikit-learn 1.6 and later."""

        def __sklearn_tags__(self):
            from sklearn.utils import ClassifierTags

            tags = super().__sklearn_tags__()
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
            return tags

    return Classifier(build, **settings)
