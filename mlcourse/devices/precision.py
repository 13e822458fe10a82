"""The dtype in which a machine is quickest: whether it has circuits for bfloat16."""

from __future__ import annotations

import os

from mlcourse import checks

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
