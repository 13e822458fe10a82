"""Configure the backend, and report its devices."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from mlcourse._core import checks
from mlcourse._core.cores import format_core_count
from mlcourse._core.quiet_import import suppress_stderr

VARIABLES = {  # read by the backends at import or at their first use
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",  # faster convolutions on processors without AVX-512
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


@dataclass(frozen=True)
class Devices:
    """The backend of Keras, and its GPUs.

    Attributes:
        backend: Keras's backend: "tensorflow", "jax" or "torch".
        backend_version: version of the backend.
        gpus: names of the GPUs.
        memory_growth: whether GPU memory is allocated as needed, not all at once.

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
            memory = "memory grows as needed" if self.memory_growth else "memory taken whole"
            device = f"{len(self.gpus)} x {self.gpus[0]}, {memory}"
        else:
            device = f"CPU, {format_core_count()}"
        keras = version("keras")
        return f"Keras {keras} on {self.backend} {self.backend_version}, {device}"


def configure() -> Devices:
    """Import the backend without its start-up messages, enable memory growth, and report devices.

    Call it before the first use of the backend: a GPU in use does not release its memory.
    TensorFlow uses oneDNN on all processors, not only where it is the default. The environment
    variables are restored.

    Returns:
        A `Devices`, which prints as one line.

    Raises:
        ValueError: if `KERAS_BACKEND` is a backend that cannot train.

    Example:
        >>> devices = configure()
        >>> devices.backend in ("tensorflow", "jax", "torch")
        True
    """
    with _environment(), suppress_stderr():
        import keras

        functions = {"tensorflow": _tensorflow_gpus, "jax": _jax_gpus, "torch": _torch_gpus}
        backend = checks.choice("KERAS_BACKEND", keras.backend.backend(), functions)
        gpus, memory_growth = functions[backend]()
    backend_version = import_module(backend).__version__
    return Devices(backend, backend_version, tuple(gpus), memory_growth)


@contextlib.contextmanager
def _environment():
    """Set the unset variables of the backends within a `with` block."""
    unset = {name: value for name, value in VARIABLES.items() if name not in os.environ}
    os.environ.update(unset)
    try:
        yield
    finally:
        for name in unset:
            os.environ.pop(name, None)


def _tensorflow_gpus():
    """Return the names of the GPUs, and whether their memory grows."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    try:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        memory_growth = True
    except RuntimeError:  # too late to change: the GPU is in use
        memory_growth = all(tf.config.experimental.get_memory_growth(gpu) for gpu in gpus)
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [detail.get("device_name", "GPU") for detail in details], memory_growth


def _jax_gpus():
    """Return the names of the GPUs, and whether their memory grows."""
    import jax

    gpus = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return gpus, os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"].lower() in ("false", "0")


def _torch_gpus():
    """Return the names of the GPUs, and whether their memory grows."""
    import torch

    n_gpus = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(n_gpus)], True
