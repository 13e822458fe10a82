import importlib.metadata
import sys

import numpy as np
import pytest

from mlcourse import devices
from mlcourse.cli import main
from mlcourse.lectures import doctor

REINSTALL = "pip install --force-reinstall keras "


@pytest.fixture
def findings(cache):
    return lambda: list(doctor.examine())


def test_a_machine_that_can_run_a_lecture(findings, entry, arrays, cache, capsys):
    np.savez(cache / "fashion_mnist.npz", **arrays)
    found = findings()
    assert not [finding for finding in found if finding.status == "problem"]
    messages = " ".join(finding.message for finding in found)
    for part in (
        "Python",
        "keras",
        "datasets are in ",
        "fashion_mnist: valid",
        "lectures: neural-networks",
    ):
        assert part in messages
    assert main(["doctor"]) == 0
    assert "to fix it, run: mlcourse data fetch mnist" in capsys.readouterr().out


def test_a_damaged_file_comes_with_its_remedy(findings, cache):
    (cache / "mnist.npz").write_bytes(b"PK")
    damaged = [finding for finding in findings() if "mnist: damaged" in finding.message]
    assert [finding.remedy for finding in damaged] == ["mlcourse data fetch mnist"]


@pytest.mark.parametrize(
    ("extra", "named", "status"),
    [
        (["no-such-package >= 2"], '"no-such-package>=2"', "problem"),
        (["numpy >= 99"], '"numpy>=99"', "problem"),
        (['nothing; extra == "lectures"'], '"nothing"', "problem"),
        (['nothing; extra == "lab"'], '"nothing"', "note"),
    ],
)
def test_what_is_missing_or_old_is_named(findings, monkeypatch, extra, named, status):
    requires = [*importlib.metadata.requires("mlcourse"), *extra]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: requires)
    missing = [finding for finding in findings() if "missing or too old" in finding.message]
    assert [finding.status for finding in missing] == [status]
    assert missing[0].remedy == f"{sys.executable} -m pip install {named}"
    assert main(["doctor"]) == (1 if status == "problem" else 0)


@pytest.mark.parametrize(
    ("error", "backend", "remedy"),
    [
        (ModuleNotFoundError("no jax", name="jax"), "jax", "pip install jax"),
        (
            ModuleNotFoundError("no google.protobuf", name="google.protobuf"),
            "",
            REINSTALL + "tensorflow",
        ),
        (ModuleNotFoundError("no absl", name="absl"), "jax", REINSTALL + "jax"),
        (ImportError("cannot import name 'Tensor'", name="torch"), "torch", REINSTALL + "torch"),
        (AttributeError("numpy has no bool8", name="bool8"), "", REINSTALL + "tensorflow"),
        (ValueError("KERAS_BACKEND must be one of"), "numpy", "unset KERAS_BACKEND"),
    ],
)
def test_a_backend_that_does_not_start(findings, monkeypatch, error, backend, remedy):
    def fail():
        raise error

    monkeypatch.setattr(devices, "configure", fail)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    (problem,) = [finding for finding in findings() if finding.status == "problem"]
    assert str(error) in problem.message
    assert problem.remedy.removeprefix(f"{sys.executable} -m ") == remedy


@pytest.mark.parametrize(
    ("backend", "package"), [("tensorflow", "tensorflow[and-cuda]"), ("jax", "jax[cuda12]")]
)
def test_a_gpu_that_the_backend_does_not_see(findings, monkeypatch, backend, package):
    monkeypatch.setattr(devices, "configure", lambda: devices.Devices(backend, "1", (), True))
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/nvidia-smi")
    (note,) = [finding for finding in findings() if "no GPU found" in finding.message]
    assert (note.status, note.remedy.split()[-1]) == ("note", f'"{package}"')


def test_a_shelf_without_lectures(findings, monkeypatch, tmp_path):
    monkeypatch.setattr("mlcourse.lectures.catalog.folder", lambda: tmp_path)
    (problem,) = [finding for finding in findings() if finding.status == "problem"]
    assert problem.message == f"there are no lectures in {tmp_path}"


def test_gpus_and_their_memory(findings, monkeypatch):
    monkeypatch.setattr(devices, "configure", lambda: devices.Devices("jax", "1", ("A",), False))
    notes = [finding.message for finding in findings() if finding.status == "note"]
    assert any("memory is allocated as a whole" in note for note in notes)


def test_a_file_where_the_cache_should_be(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLCOURSE_DATA", str(tmp_path / "file"))
    problems = [finding for finding in doctor.examine() if finding.status == "problem"]
    assert "MLCOURSE_DATA must name a folder" in problems[0].message


def test_a_cache_that_one_may_not_look_into(findings, monkeypatch):
    def refuse():
        raise PermissionError(13, "Permission denied", "/no/entry/mlcourse")

    monkeypatch.setattr("mlcourse.datasets.cache.folder", refuse)
    found = findings()
    (problem,) = [finding for finding in found if finding.status == "problem"]
    assert "Permission denied: '/no/entry/mlcourse'" in problem.message
    assert problem.remedy == "unset MLCOURSE_DATA"
    assert found[-1].message.startswith("lectures: ")
