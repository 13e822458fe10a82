import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    """Each test starts from Matplotlib's own settings, and shows nothing."""

    def show(*args, **kwargs):
        raise AssertionError("shown")

    monkeypatch.setattr(plt, "show", show)
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever a test before it has set
        yield
