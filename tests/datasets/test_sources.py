"""Downloads of datasets: from OpenML through its client, and from the mirrors."""

import gzip
import hashlib
import io
import os
import struct
import subprocess
import sys
import tarfile
import textwrap
import threading
from pathlib import Path

import numpy as np
import openml
import pytest

from mlcourse import datasets
from mlcourse.datasets import catalog, sources
from mlcourse.datasets.catalog import ARRAYS, DatasetUnavailable
from tests.conftest import make_arrays, tiny
from tests.datasets.server import parquet


def assert_same(dataset, arrays):
    for key in ARRAYS:
        np.testing.assert_array_equal(getattr(dataset, key), arrays[key])
        assert getattr(dataset, key).dtype == np.uint8


def npz(arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.fixture
def reason(entry):
    """Return a function that expects `load` to fail, and returns the message."""

    def load():
        with pytest.raises(DatasetUnavailable) as caught:
            datasets.load("fashion_mnist")
        return str(caught.value)

    return load


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint8])
def test_openml_s_table_becomes_images_and_is_read_once(server, cache, entry, arrays, dtype):
    server.put_openml(entry.openml_id, parquet(arrays, dtype))
    first = datasets.load("fashion_mnist")
    assert_same(first, arrays)
    assert first.source == "OpenML"
    asked = len(server.asked)
    again = datasets.load("fashion_mnist")
    assert_same(again, arrays)
    assert again.source == "OpenML"
    assert len(server.asked) == asked
    assert [path.name for path in cache.iterdir() if not path.name.startswith(".")] == [
        "fashion_mnist.npz"
    ]
    assert not list(cache.glob(".*.fetch-*"))
    assert not list(cache.glob(".part-*"))


def test_openml_s_colours_come_plane_by_plane(server, cache, monkeypatch):
    small = tiny(catalog.CATALOG["cifar10"])
    monkeypatch.setitem(catalog.CATALOG, "cifar10", small)
    arrays = make_arrays(small)
    server.put_openml(small.openml_id, parquet(arrays))
    assert_same(datasets.load("cifar10"), arrays)


def test_the_client_s_settings_are_left_as_they_were(server, cache, entry, arrays):
    import openml

    before = openml.config.retry_policy, openml.config.connection_n_retries
    server.put_openml(entry.openml_id, parquet(arrays))
    datasets.load("fashion_mnist")
    assert (openml.config.retry_policy, openml.config.connection_n_retries) == before


def test_the_mirror_is_asked_when_openml_has_nothing(server, cache, entry, arrays):
    for key, name in sources.FASHION_FILES.items():
        array = arrays[key]
        head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(
            f">{array.ndim}i", *array.shape
        )
        server.files[f"/mirror/{name}"] = gzip.compress(head + array.tobytes())
    dataset = datasets.load("fashion_mnist")
    assert_same(dataset, arrays)
    assert dataset.source == "Keras mirror"


def test_the_mirror_s_mnist(server, cache, monkeypatch):
    small = tiny(catalog.CATALOG["mnist"])
    monkeypatch.setitem(catalog.CATALOG, "mnist", small)
    arrays = make_arrays(small)
    server.files["/mirror/mnist.npz"] = npz(arrays)
    assert_same(datasets.load("mnist"), arrays)


def test_the_mirror_s_cifar_is_read_from_plain_bytes(server, cache, monkeypatch):
    small = tiny(catalog.CATALOG["cifar10"], image_shape=(32, 32, 3))
    monkeypatch.setitem(catalog.CATALOG, "cifar10", small)
    arrays = make_arrays(small)

    def records(x, y):
        planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return np.concatenate([y[:, None], planes], axis=1).tobytes()

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        parts = {
            f"data_batch_{i + 1}.bin": records(
                arrays["x_train"][6 * i : 6 * i + 6], arrays["y_train"][6 * i : 6 * i + 6]
            )
            for i in range(5)
        }
        parts["test_batch.bin"] = records(arrays["x_test"], arrays["y_test"])
        for name, data in parts.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    body = file.getvalue()
    server.files["/cifar-10-binary.tar.gz"] = body
    with pytest.raises(DatasetUnavailable, match="hash"):
        datasets.load("cifar10")
    monkeypatch.setattr(sources, "CIFAR_SHA256", hashlib.sha256(body).hexdigest())
    assert_same(datasets.load("cifar10"), arrays)


def test_a_server_that_says_no(server, cache, reason):
    message = reason()
    assert "OpenML: " in message
    assert "Keras mirror: HTTPError: 404" in message
    assert "copy fashion_mnist.npz from another computer" in message
    assert message.endswith('datasets.load("fashion_mnist", synthetic=True)')


def test_no_server_at_all(server, cache, reason, monkeypatch):
    import openml

    monkeypatch.setattr(openml.config, "server", "http://127.0.0.1:9/api/v1/xml")
    monkeypatch.setattr(sources, "MIRROR", "http://127.0.0.1:9/")
    message = reason()
    assert "\n  OpenML: no connection to 127.0.0.1\n" in message
    assert "\n  Keras mirror: no connection to 127.0.0.1\n" in message
    assert len(message.splitlines()) == 6


def test_a_server_that_is_busy_is_asked_again(server, cache, entry, arrays, monkeypatch):
    monkeypatch.setattr("mlcourse.datasets.cache.RETRIES", 1)
    server.put_openml(entry.openml_id, parquet(arrays))
    server.faults["dataset.pq"] = "busy"
    assert_same(datasets.load("fashion_mnist"), arrays)
    assert server.asked.count(f"/datasets/{entry.openml_id}/dataset.pq") == 2


def test_a_server_that_never_answers(server, cache, entry, arrays, reason, monkeypatch):
    monkeypatch.setattr(sources, "DESCRIPTION_TIMEOUT", 0.5)
    server.put_openml(entry.openml_id, parquet(arrays))
    server.faults["/api/"] = "hang"
    assert "OpenML: no response within 0.5 s" in reason()


def test_a_file_that_never_comes(server, cache, entry, arrays, reason):
    server.put_openml(entry.openml_id, parquet(arrays))
    server.faults["dataset.pq"] = "hang"
    assert "OpenML: no response from 127.0.0.1 in time" in reason()


def test_a_connection_cut_half_way(server, cache, entry, arrays, reason):
    server.put_openml(entry.openml_id, parquet(arrays))
    server.faults["dataset.pq"] = "cut"
    assert "OpenML: ChunkedEncodingError" in reason() or "OpenML: ConnectionError" in reason()
    assert not list(cache.glob("*.npz"))


def test_a_file_that_is_no_table(server, cache, entry, reason):
    server.put_openml(entry.openml_id, b"<html>come back later</html>")
    assert "OpenML: ArrowInvalid" in reason()


@pytest.mark.parametrize("cut", [np.s_[:, :, :3], np.s_[:, :2, :], np.s_[:-1]])
def test_images_of_another_shape_or_number(server, cache, entry, arrays, reason, cut):
    wrong = {"x_train": arrays["x_train"][cut], "x_test": arrays["x_test"][cut]}
    wrong |= {key: arrays[key][: len(wrong["x" + key[1:]])] for key in ("y_train", "y_test")}
    server.put_openml(entry.openml_id, parquet(wrong))
    assert "pixels must be of shape (images, pixels) = (50, 16). Got (" in reason()


def test_values_that_are_no_bytes(server, cache, entry, arrays, reason):
    server.put_openml(entry.openml_id, parquet({k: v / 255 for k, v in arrays.items()}))
    assert "whole numbers from 0 to 255" in reason()


def test_classes_in_other_numbers(server, cache, entry, arrays, reason):
    arrays["y_train"][:] = np.roll(np.repeat(np.arange(10), 3), 1)
    arrays["y_train"][0] = 0
    server.put_openml(entry.openml_id, parquet(arrays))
    assert "y_train must hold [3, 3, 3" in reason()


def test_another_hash(server, cache, entry, arrays, monkeypatch, reason):
    signed = tiny(entry, sha256={"x_train": "0" * 64})
    monkeypatch.setitem(catalog.CATALOG, "fashion_mnist", signed)
    server.put_openml(entry.openml_id, parquet(arrays))
    assert "x_train must have the SHA-256 checksum 000" in reason()
    assert not list(cache.glob("*.npz"))


def test_the_client_has_its_own_settings_again_once_a_request_is_given_up(
    tmp_path, entry, monkeypatch
):
    own, answer, asked = openml.config.get_config_as_dict(), threading.Event(), []

    def wait(number, **options):
        asked.append(openml.config.get_config_as_dict()["cachedir"])
        answer.wait(10)

    monkeypatch.setattr(openml.datasets, "get_dataset", wait)
    monkeypatch.setattr(sources, "DESCRIPTION_TIMEOUT", 0.5)
    for name in ("first", "second"):
        with pytest.raises(TimeoutError, match="no response"):
            sources.fetch_from_openml(entry, tmp_path / name)
        assert openml.config.get_config_as_dict() == own
    assert [str(path) for path in asked] == [str(tmp_path / "first"), str(tmp_path / "second")]
    answer.set()


FULL_SIZE = """
    import openml, pathlib, sys
    from mlcourse import datasets
    from mlcourse.datasets import catalog
    from tests.conftest import tiny

    entry = tiny(catalog.CATALOG["fashion_mnist"], image_shape=(28, 28),
                 train_counts=(6000,) * 10, test_counts=(1000,) * 10)
    catalog.CATALOG["fashion_mnist"] = entry
    openml.config.server = sys.argv[1] + "/api/v1/xml"
    openml.config._root_cache_directory = pathlib.Path(sys.argv[2])
    data = datasets.load("fashion_mnist")
    print(int(data.x_train.sum()), data.x_train.shape)
    print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads memory as Linux counts it"
)
def test_a_table_of_full_size_costs_less_than_1_gib(server, cache, tmp_path, entry):
    big = tiny(entry, image_shape=(28, 28), train_counts=(6000,) * 10, test_counts=(1000,) * 10)
    arrays = make_arrays(big)
    server.put_openml(entry.openml_id, parquet(arrays))
    environment = {**os.environ, "MLCOURSE_DATA": str(cache)}
    command = [sys.executable, "-c", textwrap.dedent(FULL_SIZE), server.url, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    result, kib = done.stdout.splitlines()
    assert result == f"{arrays['x_train'].sum(dtype=int)} (60000, 28, 28)"
    assert int(kib) < 2**20
    assert "100%" in done.stderr  # a download shows a bar
