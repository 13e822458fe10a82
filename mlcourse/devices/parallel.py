"""Several devices in parallel, and the data type that is fastest on one."""

from __future__ import annotations

import contextlib
import functools
import os

import keras

from mlcourse._core import checks
from mlcourse.devices.configuration import suppress_stderr

AMPERE = 8  # NVIDIA's first generation that computes in bfloat16
BFLOAT16 = {"amx_bf16", "avx512_bf16"}  # what Linux calls a processor's circuits for it


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
        import torch

        return [*(f"gpu:{i}" for i in range(torch.cuda.device_count())), "cpu:0"]
    with suppress_stderr():
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


def array_dataset(arrays, batch_size, shuffle=False):
    """Return a `tf.data.Dataset` of batches of arrays, in the order that Keras gives them.

    Keras reads arrays through a dataset of its own, and tf.data tunes that in a thread that sleeps
    as long again as the epoch has taken, up to a minute. If the epoch ends meanwhile, it waits for
    the thread. This dataset switches the tuning off, in its own options.

    Args:
        arrays: structure of NumPy arrays, (n, ...), such as (x, y). Floats become Keras's `floatx`.
        batch_size: number of examples in a batch; the last one may be smaller.
        shuffle: whether each epoch has another random order, which follows from Keras's seed.
    """
    import tensorflow as tf

    arrays = keras.tree.map_structure(_in_floatx, keras.tree.lists_to_tuples(arrays))
    count = len(keras.tree.flatten(arrays)[0])

    def order(_):
        rows = tf.range(count, dtype=tf.int64)
        return tf.random.shuffle(rows) if shuffle else rows

    def batch(rows, whole):
        return tf.nest.map_structure(lambda array: tf.gather(array, rows), whole)

    rows = tf.data.Dataset.range(1).map(order).flat_map(tf.data.Dataset.from_tensor_slices)
    whole = tf.data.Dataset.from_tensors(arrays).repeat()
    batches = tf.data.Dataset.zip((rows.batch(batch_size), whole)).map(batch, num_parallel_calls=2)
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    n_batches = -(-count // batch_size)
    counted = batches.prefetch(4).apply(tf.data.experimental.assert_cardinality(n_batches))
    return counted.with_options(untuned)


def _in_floatx(array):
    return array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array
