"""Train one model on several devices, each on a part of every batch."""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from mlcourse._core import checks
from mlcourse.devices import data_parallel, device_names
from mlcourse.training.batches import BATCH_SIZE, count_examples

BACKENDS = ("tensorflow", "jax", "torch")
SINGLE_DEVICE = contextvars.ContextVar("SINGLE_DEVICE", default=None)  # name, in a block


@dataclass(frozen=True)
class Replicas:
    """The devices on which a model is trained.

    Attributes:
        backend: Keras's backend: "tensorflow", "jax" or "torch".
        names: names of the devices, such as "gpu:0".
    """

    backend: str
    names: tuple

    def __len__(self):
        return len(self.names)

    def __str__(self):
        count = "1 device" if len(self) == 1 else f"{len(self)} devices"
        return f"{self.backend} on {count}: {', '.join(self.names)}"


def distribute(
    devices: int | Sequence[str] | None = None,
) -> contextlib.AbstractContextManager[Replicas]:
    """Build and train models on several devices, within a `with` block (data parallelism).

    Each device has all weights and receives a part of every batch. The gradients are
    summed, and all devices make the same step. On JAX, this is Keras's `DataParallel`; on
    TensorFlow, `MirroredStrategy`. With one GPU or none, nothing changes. Build, compile and fit
    the model within the block; the previous state is restored after it, also after an error.

    The batch size is that of all devices together. On 4 GPUs, batches of 256 are 64 examples each,
    and the steps equal those of one device up to rounding. So consider a larger batch size, with
    another learning rate. `training.fit` refuses arrays whose batches do not divide evenly.
    It cannot check other data: for such a batch, JAX raises an error. On TensorFlow, examples in
    the smaller parts have a larger weight, and a device without any makes the step too small, or
    NaN with BatchNormalization. After the block, `evaluate` and `predict` accept any number of
    examples.

    - A fit with `run=` is saved as usual, and may resume on another number of devices, with the
      same numbers up to rounding.
    - Small networks are not trained several steps per call, since TensorFlow does not support it
      here. They train faster on one device anyway.
    - BatchNormalization uses the mean of the whole batch on JAX. On TensorFlow it uses that of
      each device's part, unless the layer has `synchronized=True`, which JAX refuses.
    - Dropout is that of one device on JAX. On TensorFlow it drops the same units in each part.

    Args:
        devices: names, as from `keras.distribution.list_devices()` or TensorFlow, or
            the number of GPUs, the first ones; None for all GPUs. A single name sets the device.

    Returns:
        A context manager that yields a `Replicas`, which prints as one line.

    Raises:
        ValueError: for a device that does not exist, and for several devices on PyTorch, where
            Keras trains on one.

    Example:
        >>> with distribute() as replicas:  # doctest: +SKIP
        ...     print(replicas)
        ...     model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, "softmax")])
        ...     model.compile("sgd", "sparse_categorical_crossentropy")
        ...     history = fit(model, x, y, epochs=20, batch_size=256)
        tensorflow on 2 devices: gpu:0, gpu:1
    """
    backend = checks.choice("KERAS_BACKEND", keras.backend.backend(), BACKENDS)
    available = device_names()
    names = _all_gpus(available) if devices is None else _check_devices(devices, available)
    if len(names) > 1 and backend == "torch":
        rule = "KERAS_BACKEND must be tensorflow or jax to train on several devices, for on PyTorch"
        rule += ' Keras trains on one, such as devices=["gpu:0"]'
        raise ValueError(f"{rule}. Got 'torch' and {', '.join(names)} instead.")
    return _distributed(Replicas(backend, names), is_explicit=devices is not None)


def n_replicas(model):
    """Return the number of devices on which a model is trained."""
    strategy = getattr(model, "distribute_strategy", None)
    if strategy is not None:  # on TensorFlow
        return strategy.num_replicas_in_sync
    distribution = keras.distribution.distribution()
    if isinstance(distribution, keras.distribution.DataParallel):
        return distribution.device_mesh.devices.size
    return 1


def check(model, data):
    """Raise ValueError unless a model can be trained on all devices of its block.

    Args:
        model: a compiled model.
        data: a dict of the arguments of `model.fit`.
    """
    n_devices = n_replicas(model)
    if n_devices == 1:
        return
    if not all(map(_is_distributed, model.weights)):
        rule = f"model must be built in the block of distribute that trains it on {n_devices} "
        raise ValueError(f"{rule}devices. Got {model!r}, built outside, instead.")
    n_train, n_validation = count_examples(data)
    size = data.get("batch_size") or BATCH_SIZE
    _check_even("batch_size", "x", n_train, size, n_devices)
    size = data.get("validation_batch_size") or size
    _check_even("validation_batch_size", "validation data", n_validation, size, n_devices)


def with_devices(function):
    """Return a function that runs in another thread on the devices of this one."""
    distribution = keras.distribution.distribution()  # Keras has one for each thread
    single = SINGLE_DEVICE.get()
    if distribution is None and single is None:
        return function

    @functools.wraps(function)
    def wrapper(*args, **options):
        with keras.device(single) if distribution is None else distribution.scope():
            return function(*args, **options)

    return wrapper


@contextlib.contextmanager
def _distributed(replicas, is_explicit):
    if len(replicas) > 1:
        context = data_parallel(replicas.names)
    elif is_explicit:
        context = _single_device(replicas.names[0])
    else:
        context = contextlib.nullcontext()
    with context:
        yield replicas


def _all_gpus(available):
    """Return all devices other than CPUs; without any, the first CPU."""
    return tuple(name for name in available if not name.startswith("cpu")) or (available[0],)


def _check_devices(devices, available):
    """Return the names of devices, or of a number of GPUs; raise ValueError unless all exist."""
    if isinstance(devices, int):
        devices = [f"gpu:{i}" for i in range(checks.integer("devices", devices, 1))]
    if not isinstance(devices, list | tuple) or not devices:
        rule = 'devices must be names in a list, such as ["gpu:0", "gpu:1"], a number of GPUs, or'
        raise ValueError(f"{rule} None for all of them. Got {devices!r} instead.")
    names = tuple(map(_keras_name, devices))
    for name, original in zip(names, devices, strict=True):
        if name not in available:
            rule = f"devices must be among those of {keras.backend.backend()} here,"
            rule += f" {', '.join(available)} (`mlcourse doctor` diagnoses GPUs)"
            raise ValueError(f"{rule}. Got {original!r} instead.")
    kinds = {name.split(":")[0] for name in names}
    if len(set(names)) < len(names) or len(kinds) > 1:
        raise ValueError(f"devices must differ, and be of one kind. Got {devices!r} instead.")
    return names


def _keras_name(name):
    """Return Keras's name of a device.

    >>> _keras_name("/physical_device:GPU:0"), _keras_name("cuda:1")
    ('gpu:0', 'gpu:1')
    """
    last = str(name).lower().replace("cuda", "gpu").split("/")[-1]
    return ":".join(last.split(":")[-2:])


@contextlib.contextmanager
def _single_device(name):
    """Compute on one device, and record its name for other threads."""
    token = SINGLE_DEVICE.set(name)
    try:
        with keras.device(name):
            yield
    finally:
        SINGLE_DEVICE.reset(token)


def _is_distributed(variable):
    """Return whether a variable is on several devices."""
    value = variable.value
    if hasattr(value, "sharding"):  # on JAX
        return len(value.sharding.device_set) > 1
    return hasattr(value, "values")  # on TensorFlow: one for each device


def _check_even(setting, data_name, n_examples, size, n_devices):
    """Raise ValueError unless each batch, including the last one, divides evenly."""
    if n_examples is None:
        return
    rule = f"must be a multiple of {n_devices}, the number of devices"
    if size % n_devices:
        raise ValueError(f"{setting} {rule}. Got {size} instead.")
    remainder = n_examples % n_devices
    if remainder:
        rule += f", as the last batch is divided too: use {n_examples - remainder:,}"
        name = f"the number of examples of {data_name}"
        raise ValueError(f"{name} {rule}. Got {n_examples:,} instead.")
