"""The one place that speaks to a backend by name: a quiet start, and which devices there are."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from mlcourse import checks

AMPERE = 8  # NVIDIA's first generation that computes in bfloat16
BFLOAT16 = {"amx_bf16", "avx512_bf16"}  # what Linux calls a processor's circuits for it


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
            device = f"CPU, {os.cpu_count()} cores"
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


def _is_news(record):
    """Whether a record is not the warning of retracing, which many small models bring about."""
    return "retracing" not in record.getMessage()


def _jax():
    import jax

    gpus = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return gpus, os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"].lower() in ("false", "0")


def _torch():
    import torch

    count = torch.cuda.device_count()
    return [torch.cuda.get_device_name(i) for i in range(count)], True


def quickest_dtype() -> str:
    """Returns the dtype in which this machine trains a convolutional network quickest.

    That is "mixed_bfloat16", with weights in float32 and products in half as many bits, where there
    are circuits for it: in NVIDIA's GPUs from Ampere on (compute capability 8), and in processors
    with AMX or AVX-512's instructions for it, which TensorFlow makes use of. Elsewhere it is
    "float32", as bfloat16 would be slower.

    Example:
        >>> quickest_dtype() in ("float32", "mixed_bfloat16")
        True
    """
    import keras

    backend = keras.backend.backend()
    generations = {
        "tensorflow": _tensorflow_generations,
        "jax": _jax_generations,
        "torch": _torch_generations,
    }[backend]()
    if generations:
        has_circuits = min(generations) >= AMPERE
    else:
        has_circuits = backend == "tensorflow" and bool(BFLOAT16 & processor_flags())
    return "mixed_bfloat16" if has_circuits else "float32"


def _tensorflow_generations():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [detail.get("compute_capability", (0, 0))[0] for detail in details]


def _jax_generations():
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    return [int(float(getattr(gpu, "compute_capability", 0))) for gpu in gpus]


def _torch_generations():
    import torch

    return [torch.cuda.get_device_capability(i)[0] for i in range(torch.cuda.device_count())]


def processor_flags(file: str | os.PathLike = "/proc/cpuinfo") -> set[str]:
    """Returns what Linux says that the processor can do, as a set; an empty one elsewhere.

    Example:
        >>> processor_flags("there is no such file")
        set()
    """
    file = checks.path("file", file)
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()[2:]}


def device_names() -> list[str]:
    """Returns a name for each device that the backend sees, such as "gpu:0", and the CPU's last.

    They are those of `keras.distribution.list_devices`, which PyTorch lacks.

    Example:
        >>> device_names()[-1]
        'cpu:0'
    """
    import keras

    if keras.backend.backend() == "torch":
        return [*(f"gpu:{i}" for i in range(len(_torch()[0]))), "cpu:0"]
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


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Sends what C++ code writes to file descriptor 2 nowhere: no setting silences all of it.

    Example:
        >>> with quiet():
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
