import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.datasets import cache
from mlcourse.models import pretrained
from tests.datasets.server import serve

OPTIONS = {"input_shape": (96, 96, 3), "alpha": 0.35, "include_top": False, "pooling": "avg"}


@pytest.fixture
def keras_cache(monkeypatch, tmp_path):
    """Use a Keras cache of its own, which is empty, and return the folder of its models."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "models"


@pytest.fixture
def server(monkeypatch):
    with serve() as running:
        monkeypatch.delenv("MLCOURSE_OFFLINE")
        monkeypatch.setattr(pretrained, "SERVER", running.url + "/")
        monkeypatch.setattr(cache, "TIMEOUT", (1, 1))
        monkeypatch.setattr(cache, "RETRIES", 0)
        yield running


@pytest.mark.slow
def test_weights_in_kerass_cache_are_used_without_a_network(keras_cache, monkeypatch):
    trained = keras.applications.MobileNetV2(weights=None, **OPTIONS)
    keras_cache.mkdir()
    trained.save(keras_cache / pretrained.FILE)  # ".h5" is the format of the real file
    loaded = keras.applications.MobileNetV2(weights=models.imagenet_weights(), **OPTIONS)
    for weights, expected in zip(loaded.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_without_the_file_and_the_network_one_sentence_says_what_is_missing(keras_cache):
    with pytest.raises(OSError, match=r"must be in the file .*0\.35_96_no_top\.h5.*OFFLINE is set"):
        models.imagenet_weights()


def test_missing_weights_are_downloaded_once_into_kerass_cache(server, keras_cache):
    server.files[f"/{pretrained.FILE}"] = pretrained.HDF5_SIGNATURE + b"weights"
    for _ in range(2):
        assert models.imagenet_weights() == keras_cache / pretrained.FILE
    assert (keras_cache / pretrained.FILE).read_bytes().endswith(b"weights")
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", ["404", "cut", "html"])
def test_a_failed_download_leaves_nothing_in_the_cache(server, keras_cache, fault):
    server.files[f"/{pretrained.FILE}"] = pretrained.HDF5_SIGNATURE + b"weights"
    server.faults[pretrained.FILE] = fault
    with pytest.raises(OSError, match="The download failed"):
        models.imagenet_weights()
    assert not (keras_cache / pretrained.FILE).exists()


def test_without_a_network_one_sentence_says_so(server, keras_cache, monkeypatch):
    monkeypatch.setattr(pretrained, "SERVER", "http://127.0.0.1:9/")
    with pytest.raises(OSError, match=r"The download failed: no connection to 127\.0\.0\.1\.$"):
        models.imagenet_weights()


def test_a_damaged_file_in_the_cache_is_named(keras_cache):
    keras_cache.mkdir()
    (keras_cache / pretrained.FILE).write_text("not weights")
    with pytest.raises(OSError, match=r"must be an HDF5 file.*delete it"):
        models.imagenet_weights()
