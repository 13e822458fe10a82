import os
import subprocess
import sys

import keras
import pytest

from mlcourse import devices
from mlcourse._core.cores import format_core_count


def test_the_backend_is_reported():
    found = devices.configure()
    assert found.backend == keras.backend.backend()
    assert f"Keras {keras.__version__} on {found.backend} {found.backend_version}" in str(found)


def test_a_backend_that_cannot_train_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(
        ValueError, match=r"KERAS_BACKEND must be one of tensorflow, jax, torch\. Got"
    ):
        devices.configure()


def test_words_for_a_gpu_and_for_none():
    gpu = devices.Devices("jax", "1.0", ("H200",), True)
    assert str(gpu).endswith("on jax 1.0, 1 x H200, memory grows as needed")
    assert str(devices.Devices("jax", "1.0", (), True)).endswith(f"CPU, {format_core_count()}")


@pytest.mark.slow
def test_starting_the_backend_is_quiet_and_leaves_the_environment_as_it_was():
    code = "import os; before = dict(os.environ); from mlcourse import devices;"
    code += "print(devices.configure()); print(dict(os.environ) == before)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "XLA_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == "True"


def test_a_gpu_is_used_where_there_is_one():
    found = devices.configure()
    if not found.gpus:
        pytest.skip("the backend sees no GPU here")
    assert found.memory_growth
    value = keras.ops.ones((4,))
    assert "cpu" not in str(getattr(value, "device", value)).lower()


@pytest.mark.parametrize(
    ("generations", "flags", "expected"),
    [
        ([], {"avx2"}, "float32"),
        ([], {"avx2", "amx_bf16"}, "mixed_bfloat16"),
        ([], {"avx512f"}, "float32"),
        ([], {"avx512f", "avx512_bf16"}, "mixed_bfloat16"),
        ([7], {"amx_bf16"}, "float32"),
        ([9], set(), "mixed_bfloat16"),
        ([9, 7], set(), "float32"),
    ],
)
def test_half_precision_is_for_machines_with_circuits_for_it(
    monkeypatch, generations, flags, expected
):
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    monkeypatch.setattr(devices, "_tensorflow_generations", lambda: generations)
    monkeypatch.setattr(devices, "processor_flags", lambda: flags)
    assert devices.quickest_dtype() == expected


def test_here_it_is_a_dtype_of_keras_s():
    keras.dtype_policies.get(devices.quickest_dtype())


def test_what_the_processor_can_do_is_read_where_linux_says_it(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor : 0\nflags\t\t: fpu avx2 amx_bf16\nbugs : none\n")
    assert devices.processor_flags(file) == {"fpu", "avx2", "amx_bf16"}
    assert devices.processor_flags(tmp_path / "missing") == set()
