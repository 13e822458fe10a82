"""What this machine computes on: GPU or CPU, threads, precision."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from mlcourse._core import checks
from mlcourse._core.cores import format_core_count


@contextlib.contextmanager
def suppress_stderr() -> Iterator[None]:
    """Sends what C++ code writes to file descriptor 2 nowhere: no setting silences all of it.

    Example:
        >>> with suppress_stderr():
        ...     _ = os.write(2, b"a backend's greeting, which nobody sees")
    """
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


VARIABLES = {  # which backends read when they are imported and begin
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",  # without it convolutions are slow where AVX-512 is missing
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


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
            device = f"CPU, {format_core_count()}"
        keras = version("keras")
        return f"Keras {keras} on {self.backend} {self.backend_version}, {device}"


def configure() -> Devices:
    """Imports the backend without its start-up noise, lets GPU memory grow, and reports.

    Call it before anything else has used the backend: a GPU that is in use already
    keeps the memory it has taken. TensorFlow computes with oneDNN, which it does by itself on some
    processors only. The environment is afterwards as before.

    Returns:
        A `Devices`; its text is one line.

    Raises:
        ValueError: if `KERAS_BACKEND` names a backend that cannot train.

    Example:
        >>> found = configure()
        >>> found.backend in ("tensorflow", "jax", "torch")
        True
    """
    with _environment(), suppress_stderr():
        import keras

        look = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
        backend = checks.choice("KERAS_BACKEND", keras.backend.backend(), look)
        gpus, memory_growth = look[backend]()
    backend_version = import_module(backend).__version__
    return Devices(backend, backend_version, tuple(gpus), memory_growth)


@contextlib.contextmanager
def _environment():
    """Sets the backends' variables that are not set, as long as its block lasts."""
    unset = {name: value for name, value in VARIABLES.items() if name not in os.environ}
    os.environ.update(unset)
    try:
        yield
    finally:
        for name in unset:
            os.environ.pop(name, None)


def _tensorflow():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    try:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        grows = True
    except RuntimeError:  # in use already: it cannot be changed any more
        grows = all(tf.config.experimental.get_memory_growth(gpu) for gpu in gpus)
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [detail.get("device_name", "GPU") for detail in details], grows


def _jax():
    import jax

    gpus = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return gpus, os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"].lower() in ("false", "0")


def _torch():
    import torch

    count = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(count)], True
