import openml
import pytest

from mlcourse.datasets import cache, sources
from tests.datasets.server import serve


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Run a local server in place of OpenML and of the mirrors, with short timeouts."""
    with serve() as running:
        monkeypatch.delenv("MLCOURSE_OFFLINE")
        monkeypatch.setattr(openml.config, "server", running.url + "/api/v1/xml")
        monkeypatch.setattr(openml.config, "_root_cache_directory", tmp_path / "openml")
        monkeypatch.setattr(sources, "MIRROR", running.url + "/mirror/")
        monkeypatch.setattr(sources, "CIFAR", running.url + "/cifar-10-binary.tar.gz")
        monkeypatch.setattr(cache, "TIMEOUT", (1, 1))
        monkeypatch.setattr(cache, "RETRIES", 0)
        yield running
