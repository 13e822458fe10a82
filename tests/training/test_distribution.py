import contextlib
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from mlcourse import devices, training
from mlcourse.training import distribution

BACKEND = keras.backend.backend()
GPUS = ["gpu:0", "gpu:1", "gpu:2", "gpu:3", "cpu:0"]
X, Y = np.ones((9, 4), "float32"), np.ones(9, "float32")


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow) for name in ("tensorflow", "jax")],
)
def facts(request, tmp_path_factory):
    """Return the output of a process that trains on one CPU and on two virtual ones."""
    pytest.importorskip(request.param)
    environment = {
        **os.environ,
        "KERAS_BACKEND": request.param,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "CUDA_VISIBLE_DEVICES": "",
        "MLCOURSE_RUNS": str(tmp_path_factory.mktemp("runs")),
    }
    command = [sys.executable, "-m", "tests.training.on_two_devices"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]) | {"backend": request.param}


@pytest.fixture
def on(monkeypatch):
    """Set the backend's name and devices; return a list of the distributed names."""

    def give(backend, names):
        shared = []
        monkeypatch.setattr(keras.backend, "backend", lambda: backend)
        monkeypatch.setattr(distribution, "device_names", lambda: names)
        monkeypatch.setattr(
            distribution,
            "data_parallel",
            lambda names: contextlib.nullcontext(shared.extend(names)),
        )
        return shared

    return give


def enter(*args):
    with training.distribute(*args) as replicas:
        return replicas


def assert_same(fit, other):
    for name, values in fit["history"].items():
        np.testing.assert_allclose(other["history"][name], values, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(fit["weights"], other["weights"], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-5)


def test_each_of_two_devices_has_the_model(facts):
    assert facts["text"] == f"{facts['backend']} on 2 devices: cpu:0, cpu:1"
    assert facts["devices"] == 2


def test_two_devices_make_the_steps_of_one(facts):
    assert set(facts["one"]["history"]) == {"loss", "val_loss"}
    assert len(set(facts["one"]["history"]["loss"])) == 3
    assert_same(facts["one"], facts["two"])


def test_several_steps_a_call_are_for_one_device(facts):
    assert facts["two"]["steps"] == 1


def test_a_run_on_two_devices_resumes_in_another_block(facts):
    assert_same(facts["one, plain"], facts["two, plain, kept"])


def test_a_fit_in_a_thread_is_on_both_devices(facts):
    assert facts["shares, in a thread"] == 2


def test_after_the_block_the_model_predicts_any_number_of_examples(facts):
    np.testing.assert_allclose(facts["after"], np.ones(7), rtol=1e-5)


def test_an_error_in_the_block_is_raised_and_undoes_it(facts):
    assert facts["broken"] == "broken"
    assert facts["devices after an error"] == 1


def test_one_device_that_is_named_is_the_one_that_computes(facts):
    text, *where = facts["second"]  # the last one in a thread
    assert text == f"{facts['backend']} on 1 device: cpu:1"
    assert [one.lower()[-5:] for one in where] == ["cpu:1"] * 2


def test_several_cpus_are_used_only_if_asked_for(facts):
    assert facts["none"] == [f"{facts['backend']} on 1 device: cpu:0", 1]


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        ("outside", "model must be built in the block of distribute that trains it on 2 devices"),
        ("batches", "batch_size must be a multiple of 2, the number of devices. Got 9 instead."),
        ("rest", "number of examples of x must be a multiple of 2"),
        ("rest", "as the last batch is divided too: use 42. Got 43 instead."),
        ("validation", "number of examples of validation data must be a multiple of 2"),
        ("split", "use 32. Got 33 instead."),
    ],
)
def test_batches_that_do_not_divide_evenly_are_refused(facts, case, rule):
    assert rule in facts["uneven"][case]


def test_where_there_is_one_device_nothing_changes():
    with training.distribute() as replicas:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        assert distribution.n_replicas(model) == len(replicas.names)
        assert keras.distribution.distribution() is None or len(replicas.names) > 1
        if len(replicas.names) == 1:
            training.fit(model, X, Y, batch_size=2, verbose=0)
    assert str(replicas).startswith(f"{BACKEND} on {len(replicas.names)} device")
    assert keras.distribution.distribution() is None


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (None, ("gpu:0", "gpu:1", "gpu:2", "gpu:3")),
        (2, ("gpu:0", "gpu:1")),
        (["gpu:1", "GPU:3"], ("gpu:1", "gpu:3")),
        (("/physical_device:GPU:0", "/device:GPU:2"), ("gpu:0", "gpu:2")),
        (["cuda:2", "cuda:3"], ("gpu:2", "gpu:3")),
    ],
)
def test_all_gpus_are_used_or_those_that_are_named(on, backend, wanted, names):
    shared = on(backend, GPUS)
    assert enter(wanted) == distribution.Replicas(backend, names)
    assert tuple(shared) == names


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        ([], r"devices must be names in a list.*, a number of GPUs, or None.*Got \[\] instead"),
        ("gpu:0", r"devices must be names in a list.* Got 'gpu:0' instead"),
        (0, r"devices must be a whole number of at least 1\. Got 0 instead"),
        (True, r"devices must be a whole number of at least 1\. Got True instead"),
        (["gpu:0", "gpu:7"], r"devices must be among .*gpu:2, gpu:3, cpu:0 .* Got 'gpu:7' instead"),
        (["gpu"], r"devices must be among .* Got 'gpu' instead"),
        ([0, 1], r"devices must be among .* Got 0 instead"),
        (["gpu:0", "GPU:0"], r"devices must differ, .* Got \['gpu:0', 'GPU:0'\] instead"),
        (["gpu:0", "cpu:0"], r"devices must .* be of one kind\. Got"),
    ],
)
def test_devices_that_cannot_be_are_refused(on, wanted, rule):
    shared = on("tensorflow", GPUS)
    with pytest.raises(ValueError, match=rule):
        enter(wanted)
    assert not shared


@pytest.mark.parametrize(("wanted", "missing"), [(2, "gpu:0"), (["cpu:0", "gpu:0"], "gpu:0")])
def test_gpus_that_are_absent_are_refused_with_where_to_look(on, wanted, missing):
    on("jax", ["cpu:0"])
    rule = rf"of jax here, cpu:0 \(`mlcourse doctor` diagnoses .*\)\. Got '{missing}' instead"
    with pytest.raises(ValueError, match=rule):
        enter(wanted)


def test_on_pytorch_several_gpus_are_refused_with_what_to_do(on):
    on("torch", GPUS)
    rule = (
        r"KERAS_BACKEND must be tensorflow or jax .*devices=\[\"gpu:0\"\]\. Got 'torch' and gpu:0"
    )
    with pytest.raises(ValueError, match=rule):
        enter()


@pytest.mark.parametrize("names", [["gpu:0", "cpu:0"], ["cpu:0"]])
def test_on_pytorch_one_device_is_as_ever(on, names):
    shared = on("torch", names)
    assert enter().names == tuple(names[:1])
    assert not shared


def test_a_backend_that_cannot_train_is_refused(on):
    on("numpy", ["cpu:0"])
    with pytest.raises(ValueError, match="KERAS_BACKEND must be one of tensorflow, jax, torch"):
        enter()


def test_pytorch_s_devices_have_the_names_that_keras_gives_them(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    torch = SimpleNamespace(cuda=SimpleNamespace(device_count=lambda: 2))
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert devices.device_names() == ["gpu:0", "gpu:1", "cpu:0"]


@pytest.mark.skipif(BACKEND == "torch", reason="Keras lists no devices there")
def test_the_devices_are_those_that_keras_lists_with_the_cpu_last():
    names = devices.device_names()
    assert names[: len(keras.distribution.list_devices())] == keras.distribution.list_devices()
    assert names[-1].startswith("cpu")
