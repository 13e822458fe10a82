import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    """Each test starts from Matplotlib's settings, shows nothing, warns of nothing, leaves none."""

    def show(*args, **kwargs):
        raise AssertionError("shown")

    monkeypatch.setattr(plt, "show", show)
    with warnings.catch_warnings(), mpl.rc_context():
        mpl.rcdefaults()  # whatever a test before it has set
        warnings.simplefilter("error")
        for not_ours in (ResourceWarning, pytest.PytestUnraisableExceptionWarning):
            warnings.simplefilter("ignore", not_ours)  # what a test elsewhere has left behind
        yield
    plt.close("all")
