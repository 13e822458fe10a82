"""Devices of the backend: list, configure and combine them; the only backend-specific code."""

from __future__ import annotations

import contextlib
import functools
import math
import os
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

from mlcourse._core import checks
from mlcourse._core.cores import format_core_count
from mlcourse._core.quiet_import import suppress_stderr

__all__ = [
    "Devices",
    "configure",
    "data_parallel",
    "device_names",
    "processor_flags",
    "quickest_dtype",
    "suppress_stderr",
]

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


AMPERE = 8  # compute capability of NVIDIA's first GPUs with bfloat16
BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}  # of processors, on Linux


def quickest_dtype() -> str:
    """Return the dtype policy with which convolutional networks train fastest on this machine.

    It is "mixed_bfloat16" (float32 weights, bfloat16 products) where the hardware supports it:
    NVIDIA's GPUs since Ampere (compute capability 8), and, on TensorFlow, processors with AMX or
    the bfloat16 instructions of AVX-512. Elsewhere it is "float32", as bfloat16 would be slower.

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
        is_supported = min(generations) >= AMPERE
    else:
        is_supported = backend == "tensorflow" and bool(BFLOAT16_FLAGS & processor_flags())
    return "mixed_bfloat16" if is_supported else "float32"


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
    """Return the processor's feature flags from Linux, a set; empty on other systems.

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
    """Return the names of the backend's devices, such as "gpu:0", the CPU last.

    They are the names of `keras.distribution.list_devices`, which PyTorch does not support.

    Example:
        >>> device_names()[-1]
        'cpu:0'
    """
    import keras

    if keras.backend.backend() == "torch":
        import torch

        return [*(f"gpu:{i}" for i in range(torch.cuda.device_count())), "cpu:0"]
    with suppress_stderr():
        names = [*keras.distribution.list_devices(), *keras.distribution.list_devices("cpu")]
    return list(dict.fromkeys(names))


def data_parallel(names: tuple[str, ...]) -> contextlib.AbstractContextManager:
    """Return a context manager in which models are built on several devices.

    Args:
        names: a tuple of names of devices.

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
        return _mirrored_strategy(names).scope()
    return keras.distribution.DataParallel(devices=list(names)).scope()


@functools.cache  # a model can be trained only in the strategy in which it was built
def _mirrored_strategy(names):
    """Return TensorFlow's strategy for devices, with gradients summed on one device.

    The default reduction restarts its numbering in each strategy, so a second strategy in the
    process fails, or waits forever. The reduction to one device does not.
    """
    import tensorflow as tf

    reduction = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(list(names), cross_device_ops=reduction)


def array_dataset(arrays, batch_size, shuffle=False):
    """Return a `tf.data.Dataset` of batches of arrays, in the same order as in Keras's `fit`.

    Keras reads arrays through a dataset of its own, which tf.data autotunes in a thread. That
    thread sleeps as long as the epoch has taken, up to a minute, and the end of the epoch waits
    for it. This dataset switches autotuning off, in its own options.

    Args:
        arrays: structure of NumPy arrays, (n, ...), such as (x, y). Floats become Keras's `floatx`.
        batch_size: number of examples in a batch; the last one may be smaller.
        shuffle: whether each epoch has another random order, which follows from Keras's seed.
    """
    import keras
    import tensorflow as tf

    floatx = keras.config.floatx()

    def to_floatx(array):
        return array.astype(floatx, copy=False) if array.dtype.kind == "f" else array

    arrays = keras.tree.map_structure(to_floatx, keras.tree.lists_to_tuples(arrays))
    n_examples = len(keras.tree.flatten(arrays)[0])

    def order(_):
        rows = tf.range(n_examples, dtype=tf.int64)
        return tf.random.shuffle(rows) if shuffle else rows

    def batch(rows, arrays):
        return tf.nest.map_structure(lambda array: tf.gather(array, rows), arrays)

    rows = tf.data.Dataset.range(1).map(order).flat_map(tf.data.Dataset.from_tensor_slices)
    repeated = tf.data.Dataset.from_tensors(arrays).repeat()
    pairs = tf.data.Dataset.zip((rows.batch(batch_size), repeated))
    batches = pairs.map(batch, num_parallel_calls=2)
    options = tf.data.Options()
    options.autotune.enabled = False
    n_batches = math.ceil(n_examples / batch_size)
    assert_cardinality = tf.data.experimental.assert_cardinality(n_batches)
    return batches.prefetch(4).apply(assert_cardinality).with_options(options)
