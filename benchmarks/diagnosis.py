"""CPU time of a diagnosis of 60,000 images and of its callback, and wrong labels that it names.

CPU time is that of all threads together: on two idle cores the time is between half of it and all
of it. The network has 669,706 parameters and was trained for an epoch. For the wrong labels, 10%
of the labels of 4,000 images are exchanged at random.
"""

import numpy as np

from benchmarks.timing import Finding, compare, cpu_seconds
from mlcourse import datasets, devices, models, training
from mlcourse.diagnosis import DiagnosisCallback, diagnose
from mlcourse.diagnosis.label_noise import tree_probabilities, wrong_labels

RUNS = 3
EPOCHS = 5  # of a fit with the callback
N_LABELS = 4_000
N_CLASSES = 10
FRACTION = 0.1
SEEDS = 3


def rows():
    """Yield the time beside that of an epoch, and the recall and precision of wrong labels."""
    devices.configure()
    data = datasets.load("fashion_mnist", synthetic=True)
    x = training.prepare_images(data.x_train, flatten=True)
    x_test = training.prepare_images(data.x_test, flatten=True)
    y = data.y_train
    model = models.mlp(x.shape[1])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    validation_data = x_test, data.y_test
    history = model.fit(x, y, validation_data=validation_data, verbose=0)
    yield from compare(
        f"CPU time of a diagnosis of {len(x):,} images of {data.title}",
        lambda: diagnose(model, x, y, validation_data, history),
        {"an epoch": lambda: model.fit(x, y, verbose=0)},
        RUNS,
        measure=cpu_seconds,
    )

    def fit(callbacks=()):
        model.fit(
            x, y, validation_data=validation_data, epochs=EPOCHS, verbose=0, callbacks=callbacks
        )

    yield from compare(
        f"CPU time of a fit of {EPOCHS} epochs with `DiagnosisCallback`",
        lambda: fit([DiagnosisCallback(x, y, validation_data)]),
        {"without": fit},
        RUNS,
        measure=cpu_seconds,
        warm_up=0,
    )
    scores = [_scores(x, y, seed) for seed in range(SEEDS)]
    recall, precision = np.mean(scores, axis=0)
    yield Finding(
        f"{FRACTION:.0%} of {N_LABELS:,} labels exchanged: named, and right among those named",
        f"{recall:.0%}, {precision:.0%}",
    )


def _scores(x, y, seed):
    """Return the recall and the precision of wrong labels in a random subset."""
    rng = np.random.default_rng(seed)
    indices = rng.choice(len(x), N_LABELS, replace=False)
    labels = y[indices].astype(int)
    wrong = rng.permutation(N_LABELS)[: round(FRACTION * N_LABELS)]
    labels[wrong] = (labels[wrong] + rng.integers(1, N_CLASSES, len(wrong))) % N_CLASSES
    named = wrong_labels(tree_probabilities(x[indices], labels, seed), labels)
    n_right = len(np.intersect1d(named, wrong))
    return n_right / len(wrong), n_right / len(named)
