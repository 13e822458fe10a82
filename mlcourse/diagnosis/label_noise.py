"""Wrong labels by confident learning, with cross-validated probabilities."""

from __future__ import annotations

import numpy as np

N_NEIGHBORS = 5
N_FOLDS = 3
N_TREES = 80
MIN_RATIO = 7.0


def neighbor_probabilities(x, labels):
    """Return the fractions of the classes among the 5 nearest other examples.

    Args:
        x: examples, (n, features).
        labels: integer labels, (n,).

    Returns:
        The fractions, (n, classes), and the label of each column, (classes,).
    """
    from sklearn.neighbors import NearestNeighbors

    classes, indices = np.unique(labels, return_inverse=True)
    n_neighbors = min(N_NEIGHBORS, len(x) - 1)
    neighbors = NearestNeighbors(n_neighbors=n_neighbors).fit(x)
    nearest = neighbors.kneighbors(return_distance=False)  # an example is not its own neighbor
    return np.eye(len(classes))[indices[nearest]].mean(axis=1), classes


def tree_probabilities(x, labels, seed):
    """Return the cross-validated probabilities of the classes, (n, classes), from trees.

    They are extremely randomized trees on the inputs (Geurts, Ernst and Wehenkel, 2006).

    Args:
        x: examples, (n, features).
        labels: integer labels, (n,), at least 3 of each class.
        seed: integer seed of the trees.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import cross_val_predict

    trees = ExtraTreesClassifier(N_TREES, random_state=seed)
    return cross_val_predict(trees, x, labels, cv=N_FOLDS, method="predict_proba")


def wrong_labels(probabilities, labels):
    """Return the indices of examples whose label is probably wrong, by confident learning.

    These are the examples for which another class is predicted, with at least 7 times the
    probability of the label. Source: Northcutt, Jiang and Chuang, Confident Learning, 2021,
    selection by confusion, to which the ratio is added, so that similar classes are not named.

    Args:
        probabilities: cross-validated probabilities of the classes, (n, classes).
        labels: integer labels, (n,), of which each class has at least one.
    """
    _, labels = np.unique(labels, return_inverse=True)
    of_label = probabilities[np.arange(len(labels)), labels]
    is_other = probabilities.argmax(axis=1) != labels
    return np.flatnonzero(is_other & (probabilities.max(axis=1) >= MIN_RATIO * of_label))
