"""No wait at the end of an epoch on TensorFlow."""

from __future__ import annotations

import functools


@functools.cache  # once is enough
def end_epochs_at_once() -> None:
    """Spares TensorFlow's fits a wait of up to a minute at the end of each epoch.

    While Keras reads batches, tf.data tunes its buffers in a thread that sleeps longer and longer
    in between: as long again as the epoch has taken, up to a minute. If it is told to end while it
    sleeps, it looks too early whether it is to, and sleeps on, and the epoch waits for it
    (`benchmarks/epoch_ends.py`). Without that thread there is nothing to wait for. Datasets that
    ask for tuning, `options.autotune.enabled = True`, still have it. Other backends wait for
    nothing, and are left alone.

    Example:
        >>> end_epochs_at_once()
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    iterate = tf.data.Dataset.__iter__

    def iterate_untuned(dataset):
        undecided = dataset.options().autotune.enabled is None
        return iterate(dataset.with_options(untuned) if undecided else dataset)

    tf.data.Dataset.__iter__ = iterate_untuned
