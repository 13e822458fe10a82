"""A quiet start of the backend, and which devices it sees."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from mlcourse import checks
from mlcourse.devices.epoch_ends import end_epochs_at_once
from mlcourse.devices.silence import quiet
from mlcourse.processes import cores_in_words


@dataclass(frozen=True)
class Devices:
    """What Keras computes on.

    Attributes:
        backend: Keras's name for it: "tensorflow", "jax" or "torch".
        backend_version: its version.
        gpus: a name for each GPU that the backend sees.
        memory_growth: whether a GPU's memory is taken as needed, not all at once.

    Example:
        >>> print(Devices("jax", "0.4.35", ("NVIDIA L4",), memory_growth=True))
        Keras ... on jax 0.4.35, 1 x NVIDIA L4, memory grows as needed
    """

    backend: str
    backend_version: str
    gpus: tuple
    memory_growth: bool

    def __str__(self):
        if self.gpus:
            grows = "memory grows as needed" if self.memory_growth else "memory taken whole"
            device = f"{len(self.gpus)} x {self.gpus[0]}, {grows}"
        else:
            device = f"CPU, {cores_in_words()}"
        keras = version("keras")
        return f"Keras {keras} on {self.backend} {self.backend_version}, {device}"


def configure() -> Devices:
    """Imports the backend without its start-up noise, lets GPU memory grow, and reports.

    Call it before anything else has used the backend: a GPU that is in use already
    keeps the memory it has taken. TensorFlow computes with oneDNN, which it does by itself on some
    processors only.

    Returns:
        A `Devices`; its text is one line.

    Raises:
        ValueError: if `KERAS_BACKEND` names a backend that cannot train.

    Example:
        >>> found = configure()
        >>> found.backend in ("tensorflow", "jax", "torch")
        True
    """
    for name, value in (
        ("TF_CPP_MIN_LOG_LEVEL", "3"),
        ("TF_ENABLE_ONEDNN_OPTS", "1"),  # without it convolutions are slow where AVX-512 is missing
        ("TF_FORCE_GPU_ALLOW_GROWTH", "true"),
        ("XLA_PYTHON_CLIENT_PREALLOCATE", "false"),
    ):
        os.environ.setdefault(name, value)
    with quiet():
        import keras

        look = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
        backend = checks.choice("KERAS_BACKEND", keras.backend.backend(), look)
        gpus, memory_growth = look[backend]()
    backend_version = import_module(backend).__version__
    return Devices(backend, backend_version, tuple(gpus), memory_growth)


def _tensorflow():
    import tensorflow as tf

    end_epochs_at_once()
    tf.get_logger().addFilter(_is_news)
    gpus = tf.config.list_physical_devices("GPU")
    try:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        grows = True
    except RuntimeError:  # in use already: it cannot be changed any more
        grows = all(tf.config.experimental.get_memory_growth(gpu) for gpu in gpus)
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [detail.get("device_name", "GPU") for detail in details], grows


def _is_news(record):
    """Whether a record is not the warning of retracing, which many small models bring about."""
    return "retracing" not in record.getMessage()


def _jax():
    import jax

    gpus = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return gpus, os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"].lower() in ("false", "0")


def _torch():
    import torch

    # Who reads a loss as a number wants no gradient of it.
    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True to a scalar")
    count = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(count)], True
