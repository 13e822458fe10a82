"""The devices by name, and models on several of them."""

from __future__ import annotations

import contextlib
import functools

from mlcourse import checks
from mlcourse.devices.silence import quiet


def device_names() -> list[str]:
    """Returns a name for each device that the backend sees, such as "gpu:0", and the CPU's last.

    They are those of `keras.distribution.list_devices`, which PyTorch lacks.

    Example:
        >>> device_names()[-1]
        'cpu:0'
    """
    import keras

    if keras.backend.backend() == "torch":
        import torch

        return [*(f"gpu:{i}" for i in range(torch.cuda.device_count())), "cpu:0"]
    with quiet():
        found = [*keras.distribution.list_devices(), *keras.distribution.list_devices("cpu")]
    return list(dict.fromkeys(found))


def data_parallel(names: tuple[str, ...]) -> contextlib.AbstractContextManager:
    """Returns the context in which a model is built on several devices, to share its batches.

    Args:
        names: of the devices, a tuple.

    Example:
        >>> with data_parallel(("gpu:0", "gpu:1")):  # doctest: +SKIP
        ...     model = models.mlp(784)
    """
    import keras

    if not isinstance(names, tuple) or not names:
        raise ValueError(f"names must be a tuple of names of devices. Got {names!r} instead.")
    for name in names:
        checks.choice("each of names", name, device_names())
    if keras.backend.backend() == "tensorflow":
        return _mirrored(names).scope()
    return keras.distribution.DataParallel(devices=list(names)).scope()


@functools.cache  # a model goes on in the strategy that it was built in, and in no other one
def _mirrored(names):
    """Returns TensorFlow's strategy for devices.

    Its own way to sum gradients numbers them anew in each strategy, so that a second one in the
    process fails, or waits for ever. A sum on one device does neither, on any kind of device.
    """
    import tensorflow as tf

    sums = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(list(names), cross_device_ops=sums)
