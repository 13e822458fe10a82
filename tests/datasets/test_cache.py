"""The dataset cache: reading, writing, damaged files and permissions."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from mlcourse import datasets
from mlcourse.datasets import cache as cache_module
from mlcourse.datasets import catalog
from mlcourse.datasets.catalog import ARRAYS, Dataset, DatasetCorrupt, DatasetUnavailable
from tests.conftest import tiny
from tests.datasets.server import parquet


@pytest.fixture
def file(cache, arrays):
    path = cache / "fashion_mnist.npz"
    np.savez(path, **arrays)
    return path


def test_a_file_put_into_the_cache_is_loaded(file, arrays):
    dataset = datasets.load("fashion_mnist")
    np.testing.assert_array_equal(dataset.x_train, arrays["x_train"])
    assert dataset.source == "a file put into the cache"
    assert dataset.class_names[9] == "Ankle boot"
    assert datasets.in_cache() == ["fashion_mnist"]


def test_what_is_written_is_read_again(cache, entry, arrays):
    dataset = Dataset(**arrays, class_names=entry.class_names, source="OpenML", name=entry.name)
    cache_module.write(entry, dataset)
    again = cache_module.read(entry)
    for key in ARRAYS:
        np.testing.assert_array_equal(getattr(again, key), arrays[key])
    assert again.source == "OpenML"


def test_an_unknown_name_lists_the_known_ones(cache):
    with pytest.raises(ValueError, match=r"one of fashion_mnist, mnist, cifar10\. Got 'fashion'"):
        datasets.load("fashion")


def test_a_file_where_the_folder_should_be(tmp_path, monkeypatch):
    path = tmp_path / "data"
    path.write_text("not a folder")
    monkeypatch.setenv("MLCOURSE_DATA", str(path))
    with pytest.raises(
        ValueError, match=r"MLCOURSE_DATA must name a folder that exists\. Got .*data"
    ):
        datasets.load("mnist", synthetic=True)


def test_a_file_where_the_platform_s_folder_should_be(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    path.touch()
    monkeypatch.delenv("MLCOURSE_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(path))
    with pytest.raises(ValueError, match=r"the data cache must be a folder\. Got .*cache"):
        datasets.load("mnist")


def damage_cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def damage_empty(path):
    path.write_bytes(b"")


def damage_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


def damage_key(path):
    with np.load(path) as file:
        arrays = dict(file)
    del arrays["y_test"]
    np.savez(path, **arrays)


def damage_kind(path):
    np.save(path.with_suffix(""), np.zeros(3))
    path.with_suffix(".npy").replace(path)


def damage_method(path):
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 10] ^= 16  # an unknown compression method
    path.write_bytes(data)


def damage_pickle(path):
    np.savez(path, x_train=np.array([{"a": 1}], dtype=object))


@pytest.mark.parametrize(
    "damage",
    [damage_cut, damage_empty, damage_bit, damage_key, damage_kind, damage_method, damage_pickle],
)
def test_a_damaged_file_is_named_and_left_alone(file, entry, damage):
    damage(file)
    before = file.read_bytes()
    with pytest.raises(DatasetCorrupt, match=r"fashion_mnist"):
        cache_module.read(entry)
    with pytest.raises(DatasetUnavailable, match=r"cache: .*fashion_mnist"):
        datasets.load("fashion_mnist")
    assert file.read_bytes() == before


def test_a_damaged_file_is_replaced_once_a_whole_one_is_there(server, file, entry, arrays):
    damage_cut(file)
    server.put_openml(entry.openml_id, parquet(arrays))
    datasets.load("fashion_mnist")
    np.testing.assert_array_equal(cache_module.read(entry).x_train, arrays["x_train"])


def test_other_images_under_the_name_are_found_out(file, entry):
    signed = tiny(entry, sha256={"y_test": "0" * 64})
    with pytest.raises(
        DatasetCorrupt, match=r"y_test must have the SHA-256 checksum 000.* Got .* instead"
    ):
        cache_module.read(signed)


def no_space(*_, **__):
    raise OSError(28, "No space left on device")


def read_only(*_, **__):
    raise PermissionError(30, "Read-only file system")


@pytest.mark.parametrize("failure", [no_space, read_only])
def test_data_that_cannot_be_saved_is_returned(
    server, cache, entry, arrays, monkeypatch, capsys, failure
):
    monkeypatch.setattr(np, "savez", failure)
    server.put_openml(entry.openml_id, parquet(arrays))
    dataset = datasets.load("fashion_mnist")
    np.testing.assert_array_equal(dataset.x_train, arrays["x_train"])
    assert "could not be saved" in capsys.readouterr().err
    assert not [path for path in cache.iterdir() if path.suffix != ".lock"]


@pytest.fixture
def mount(tmp_path):
    """Return a function that mounts small file systems; skip the test if it is not permitted."""
    mounted = []

    def tmpfs(options):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting a file system needs the rights of root")
        mounted.append(folder)
        return folder

    yield tmpfs
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("options", ["ro", "size=16k", "nr_inodes=1"])
def test_a_cache_on_a_disk_that_takes_nothing(
    server, mount, entry, arrays, monkeypatch, options, capsys
):
    folder = mount(options)
    monkeypatch.setenv("MLCOURSE_DATA", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder.parent))
    big = tiny(entry, image_shape=(28, 28))
    monkeypatch.setitem(catalog.CATALOG, "fashion_mnist", big)
    from tests.conftest import make_arrays

    arrays = make_arrays(big)
    server.put_openml(entry.openml_id, parquet(arrays, np.uint8))
    if options != "size=16k":
        dataset = datasets.load("fashion_mnist")
        np.testing.assert_array_equal(dataset.x_train, arrays["x_train"])
        assert "could not be saved" in capsys.readouterr().err
    else:
        with pytest.raises(DatasetUnavailable, match="No space left on device"):
            datasets.load("fashion_mnist")
    assert not list(folder.glob("*.npz"))
    assert not list(folder.glob(".part-*"))


LOADER = """
    import openml, sys
    from mlcourse import datasets
    from mlcourse.datasets import catalog
    from tests.conftest import tiny

    catalog.CATALOG["fashion_mnist"] = tiny(catalog.CATALOG["fashion_mnist"])
    openml.config.server = sys.argv[1] + "/api/v1/xml"
    openml.config._root_cache_directory = __import__("pathlib").Path(sys.argv[2])
    print(int(datasets.load("fashion_mnist").x_train.sum()))
"""


def start_loader(server, cache, tmp_path, number):
    code = textwrap.dedent(LOADER)
    environment = {**os.environ, "MLCOURSE_DATA": str(cache)}
    environment.pop("MLCOURSE_OFFLINE", None)
    command = [sys.executable, "-c", code, server.url, str(tmp_path / f"openml{number}")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.slow
def test_a_process_that_dies_leaves_no_lock(server, cache, tmp_path, entry, arrays):
    server.put_openml(entry.openml_id, parquet(arrays))
    server.faults["dataset.pq"] = "hang"
    first = start_loader(server, cache, tmp_path, 0)
    while not any("dataset.pq" in path for path in server.asked):
        assert first.poll() is None
    first.kill()
    first.wait()
    server.faults.clear()
    (cache / ".part-4711-fashion_mnist.npz").touch()  # the partial file of a killed process
    assert list(cache.glob(".*.fetch-*"))
    datasets.load("fashion_mnist")
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == [
        "fashion_mnist.npz"
    ]


@pytest.mark.parametrize(("value", "asked"), [("1", False), ("0", True), ("", True)])
def test_offline_means_that_the_network_is_left_alone(
    server, cache, entry, monkeypatch, value, asked
):
    monkeypatch.setenv("MLCOURSE_OFFLINE", value)
    remedy = "Try again when" if asked else "unset MLCOURSE_OFFLINE and run: mlcourse data fetch"
    with pytest.raises(DatasetUnavailable, match=remedy):
        datasets.load("fashion_mnist")
    assert bool(server.asked) is asked
