"""One model on several devices: each takes its share of every batch."""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from mlcourse._core import checks
from mlcourse.devices import data_parallel, device_names
from mlcourse.training.batches import BATCH, examples

BACKENDS = ("tensorflow", "jax", "torch")
ALONE = contextvars.ContextVar("ALONE", default=None)  # the one device of a block


@dataclass(frozen=True)
class Replicas:
    """Which devices have the model.

    Attributes:
        backend: Keras's name for it: "tensorflow", "jax" or "torch".
        names: of the devices, such as "gpu:0".
    """

    backend: str
    names: tuple

    def __len__(self):
        return len(self.names)

    def __str__(self):
        count = f"{len(self)} device{'s' if len(self) > 1 else ''}"
        return f"{self.backend} on {count}: {', '.join(self.names)}"


def distribute(
    devices: int | Sequence[str] | None = None,
) -> contextlib.AbstractContextManager[Replicas]:
    """While it lasts, models are built on several devices, and trained on all of them at once.

    Each device has all of the weights, and takes its share of every batch; the gradients are
    summed, and all devices make the same step (data parallelism). JAX does it by Keras's
    `DataParallel`, TensorFlow by its own `MirroredStrategy`. Where there is one device, or none
    but the CPU, nothing changes. What builds, compiles and fits the model belongs into the block;
    when that ends, by an error too, all is as it was.

    The batch size is that of the whole: on 4 GPUs, batches of 256 are 64 examples each, and the
    steps are those that one device would make, but for rounding. So a larger batch, and with it
    a new learning rate, is for you to choose. `training.fit` refuses batches that do not divide
    evenly. With other data than arrays it cannot know: then JAX raises an error at such a batch,
    and on TensorFlow examples of the smaller share count for more, and a device without any makes
    the step too small, and NaN with BatchNormalization. `evaluate` and `predict` take any number
    of examples after the block.

    - A fit with `run=` is kept as ever, and may go on on another number of devices. Its numbers
      are then the same up to rounding.
    - Small networks are not trained several steps a call, since TensorFlow cannot do that here.
      They are better off on one device anyway.
    - BatchNormalization takes the mean of the whole batch on JAX, but on TensorFlow that of each
      device's share, unless the layer has `synchronized=True`, which JAX refuses.
    - Dropout is that of one device on JAX. On TensorFlow it drops the same places of each share.

    Args:
        devices: which: names, as `keras.distribution.list_devices()` or TensorFlow give them, or
            how many GPUs, the first ones; None for all GPUs. One alone is the one that computes.

    Returns:
        A context manager that gives a `Replicas`; its text is one line.

    Raises:
        ValueError: for a device that there is not, and for several of them on PyTorch, on which
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
    known = device_names()
    names = _all_gpus(known) if devices is None else _asked(devices, known)
    if len(names) > 1 and backend == "torch":
        rule = "KERAS_BACKEND must be tensorflow or jax to train on several devices, for on PyTorch"
        rule += ' Keras trains on one, such as devices=["gpu:0"]'
        raise ValueError(f"{rule}. Got 'torch' and {', '.join(names)} instead.")
    return _distributed(Replicas(backend, names), asked=devices is not None)


def shares(model):
    """Returns how many devices share each batch of a model."""
    strategy = getattr(model, "distribute_strategy", None)
    if strategy is not None:  # on TensorFlow
        return strategy.num_replicas_in_sync
    here = keras.distribution.distribution()
    parallel = isinstance(here, keras.distribution.DataParallel)
    return here.device_mesh.devices.size if parallel else 1


def check(model, data):
    """Raises unless a model can be trained on all devices of the block that it is in.

    Args:
        model: a compiled model.
        data: the arguments of `model.fit`.
    """
    count = shares(model)
    if count == 1:
        return
    if not all(map(_is_shared, model.weights)):
        rule = f"model must be built in the block of distribute that trains it on {count} devices"
        raise ValueError(f"{rule}. Got {model!r}, built outside, instead.")
    train, validation = examples(data)
    size = data.get("batch_size") or BATCH
    _check_even("batch_size", "x", train, size, count)
    size = data.get("validation_batch_size") or size
    _check_even("validation_batch_size", "validation data", validation, size, count)


def carried(function):
    """Returns a function that computes in a thread of its own on the devices that we have here."""
    here, alone = keras.distribution.distribution(), ALONE.get()  # Keras has both for each thread
    if here is None and alone is None:
        return function

    @functools.wraps(function)
    def there(*args, **options):
        with keras.device(alone) if here is None else here.scope():
            return function(*args, **options)

    return there


@contextlib.contextmanager
def _distributed(replicas, asked):
    with _context(replicas.names, asked):
        yield replicas


def _all_gpus(known):
    """Returns all devices that are more than a CPU; if there is none, the CPU that computes."""
    return tuple(name for name in known if not name.startswith("cpu")) or (known[0],)


def _asked(wanted, known):
    """Returns the names of the devices that are asked for, if there are such."""
    if isinstance(wanted, int):
        wanted = [f"gpu:{i}" for i in range(checks.integer("devices", wanted, 1))]
    if not isinstance(wanted, list | tuple) or not wanted:
        rule = 'devices must be names in a list, such as ["gpu:0", "gpu:1"], a number of GPUs, or'
        raise ValueError(f"{rule} None for all of them. Got {wanted!r} instead.")
    names = tuple(map(_plain, wanted))
    for name, asked in zip(names, wanted, strict=True):
        if name not in known:
            rule = f"devices must be among those that {keras.backend.backend()} sees here,"
            rule += f" {', '.join(known)} (`mlcourse doctor` says what a GPU lacks)"
            raise ValueError(f"{rule}. Got {asked!r} instead.")
    if len(set(names)) < len(names) or len({name.split(":")[0] for name in names}) > 1:
        raise ValueError(f"devices must differ, but be of one kind. Got {wanted!r} instead.")
    return names


def _plain(name):
    """Returns a device's name as Keras has it.

    >>> _plain("/physical_device:GPU:0"), _plain("cuda:1")
    ('gpu:0', 'gpu:1')
    """
    last = str(name).lower().replace("cuda", "gpu").split("/")[-1]
    return ":".join(last.split(":")[-2:])


def _context(names, asked):
    """Returns the context in which a model gets onto the devices."""
    if len(names) > 1:
        return data_parallel(names)
    return _on(names[0]) if asked else contextlib.nullcontext()


@contextlib.contextmanager
def _on(name):
    """Computes on one device, and notes which for other threads."""
    before = ALONE.set(name)
    try:
        with keras.device(name):
            yield
    finally:
        ALONE.reset(before)


def _is_shared(variable):
    """Whether a variable lies on several devices."""
    value = variable.value
    if hasattr(value, "sharding"):  # on JAX
        return len(value.sharding.device_set) > 1
    return hasattr(value, "values")  # one for each, on TensorFlow


def _check_even(setting, what, count, size, devices):
    """Raises unless each batch, the last one too, divides evenly among the devices."""
    if count is None:
        return
    rule = f"must be a multiple of {devices}, the number of devices"
    if size % devices:
        raise ValueError(f"{setting} {rule}. Got {size} instead.")
    if count % devices:
        rule += f", as the last batch is shared too: take {count - count % devices:,}"
        raise ValueError(f"the number of examples of {what} {rule}. Got {count:,} instead.")
