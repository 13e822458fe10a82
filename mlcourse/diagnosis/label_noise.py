"""Wrong labels by confident learning, with cross-validated probabilities."""

from __future__ import annotations

import numpy as np

N_NEIGHBORS = 5
N_FOLDS = 3
N_TREES = 60
MAX_LABEL_PROBABILITY = 0.1


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


def wrong_labels(x, labels, seed):
    """Return the indices of examples whose label is probably wrong, by confident learning.

    The threshold of a class is the mean predicted probability of the class among the examples with
    that label. An example is named if the most probable of the classes above their thresholds is
    not its label (Northcutt, Jiang and Chuang, Confident Learning, 2021), and if its label has a
    probability of at most 0.1, so that similar classes are not named. The probabilities are
    cross-validated, from randomized trees on the inputs (Geurts, Ernst and Wehenkel, 2006).

    Args:
        x: examples, (n, features).
        labels: integer labels, (n,), at least 3 of each class.
        seed: integer seed of the trees.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import cross_val_predict

    classes, labels = np.unique(labels, return_inverse=True)
    trees = ExtraTreesClassifier(N_TREES, min_samples_leaf=2, random_state=seed)
    probabilities = cross_val_predict(trees, x, labels, cv=N_FOLDS, method="predict_proba")
    of_label = probabilities[np.arange(len(labels)), labels]
    thresholds = [of_label[labels == label].mean() for label in range(len(classes))]
    candidates = np.where(probabilities >= thresholds, probabilities, 0)
    is_other = (candidates.argmax(axis=1) != labels) & (candidates.max(axis=1) > 0)
    return np.flatnonzero(is_other & (of_label <= MAX_LABEL_PROBABILITY))
