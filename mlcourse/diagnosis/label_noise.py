"""Wrong labels by confident learning, with cross-validated probabilities."""

from __future__ import annotations

import numpy as np

N_NEIGHBORS = 5
N_FOLDS = 5
MAX_COMPONENTS = 50


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


def label_issues(probabilities, labels):
    """Return the indices of examples whose label is probably wrong.

    The threshold of a class is the mean probability of the class among the examples with that
    label. An example is named if the most probable of the classes above their thresholds is not
    its label.

    Args:
        probabilities: cross-validated probabilities, (n, classes).
        labels: indices of the classes, (n,).
    """
    n_classes = probabilities.shape[1]
    thresholds = np.array(
        [probabilities[labels == label, label].mean() for label in range(n_classes)]
    )
    candidates = np.where(probabilities >= thresholds, probabilities, -np.inf)
    is_confident = np.isfinite(candidates).any(axis=1)
    return np.flatnonzero(is_confident & (candidates.argmax(axis=1) != labels))
