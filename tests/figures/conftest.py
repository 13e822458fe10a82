import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from mlcourse.history import History


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    """Each test starts from Matplotlib's own settings, and shows nothing."""

    def show(*args, **kwargs):
        raise AssertionError("shown")

    monkeypatch.setattr(plt, "show", show)
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever a test before it has set
        yield


def log_of(history):
    """The `History` of a dict of names to values by epoch."""
    log = History()
    for epoch, values in enumerate(zip(*history.values(), strict=True), 1):
        log.add(epoch, dict(zip(history, values, strict=True)))
    return log
