"""Fits on TensorFlow without the wait at the ends of epochs, beside fits as TensorFlow has them.

Four epochs of a small convolutional network, each fit in a process of its own.
"""

import operator
from functools import partial

from benchmarks.timing import apart, compared, seconds

RUNS, EPOCHS = 3, 4
WORK = ((512, 64), (4_096, 128))  # pictures, batch size


def fitted(at_once, count, batch_size):
    """Returns the seconds that a fit takes; once changed, a process stays so."""
    import numpy as np

    from mlcourse import devices, models

    if at_once:
        devices.end_epochs_at_once()
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(count, 32, 32, 3)).astype("float32"), rng.integers(10, size=count)
    model = models.cnn((32, 32, 3), filters=(32, 64), hidden=(128,))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    options = {"batch_size": batch_size, "verbose": 0}
    model.fit(x[:batch_size], y[:batch_size], **options)
    return seconds(lambda: model.fit(x, y, epochs=EPOCHS, **options))


def rows():
    """Yields a ratio for short and for longer epochs."""
    for work in WORK:
        ours, theirs = (partial(apart, fitted, at_once, *work) for at_once in (True, False))
        what = f"{EPOCHS} epochs of {work[0]:,} pictures without the wait"
        ways = ours, {"TensorFlow as it is": theirs}
        yield from compared(what, *ways, RUNS, measure=operator.call, warm_up=0)
