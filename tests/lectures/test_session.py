import subprocess
import sys

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

import mlcourse
from mlcourse.datasets import SYNTHETIC, Dataset
from mlcourse.interactive import weight_updates
from mlcourse.lectures import session
from mlcourse.lectures.page import VIEW


@pytest.fixture
def dataset():
    images, labels = np.zeros((1, 2, 2), np.uint8), np.zeros(1, np.uint8)

    def make(source):
        return Dataset(images, labels, images, labels, ("a",), source, "fashion_mnist")

    return make


def test_one_line_says_what_the_lecture_runs_on(cache, capsys, monkeypatch):
    monkeypatch.delenv("MLCOURSE_QUICK", raising=False)
    lecture = mlcourse.setup_notebook()
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"mlcourse {mlcourse.__version__} · Keras {keras.__version__} on ")
    assert line.endswith("to download them: mlcourse data fetch · full run")
    assert not lecture.quick
    (cache / "mnist.npz").touch()
    mlcourse.setup_notebook(quick=True)
    assert capsys.readouterr().out.strip().endswith("datasets: mnist · quick run")


@pytest.mark.parametrize(("value", "quick"), [("1", True), ("0", False), ("", False)])
def test_the_environment_decides_between_whole_and_quick(cache, monkeypatch, value, quick):
    monkeypatch.setenv("MLCOURSE_QUICK", value)
    lecture = mlcourse.setup_notebook()
    assert lecture.quick is quick
    assert lecture.choose(full=25, quick=5) == (5 if quick else 25)


@pytest.mark.parametrize(
    ("value", "interactive", "still"),
    [
        (None, None, False),
        ("1", None, False),
        ("0", None, True),
        ("0", True, False),
        (None, False, True),
        ("1", False, True),
    ],
)
def test_the_environment_decides_on_controls_unless_one_says(
    cache, monkeypatch, value, interactive, still
):
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "")  # so that the value set below is removed
    monkeypatch.delenv("MLCOURSE_INTERACTIVE")
    if value is not None:
        monkeypatch.setenv("MLCOURSE_INTERACTIVE", value)
    mlcourse.setup_notebook(interactive=interactive)
    bundle = weight_updates([[np.ones((2, 1))]])._repr_mimebundle_()
    assert (VIEW not in bundle) is still
    assert bundle["image/png"].startswith(b"\x89PNG")


def test_controls_are_wanted_or_not(cache):
    rule = r"interactive must be True or False\. Got 'no' instead"
    with pytest.raises(ValueError, match=rule):
        mlcourse.setup_notebook(interactive="no")


@pytest.mark.parametrize(
    ("quick", "has_gpu", "gpu", "expected"),
    [(False, True, 30, 30), (False, True, None, 8), (False, False, 30, 8), (True, True, 30, 1)],
)
def test_a_whole_lecture_may_do_more_on_a_gpu(quick, has_gpu, gpu, expected):
    lecture = session.Session(quick, "some device", has_gpu)
    assert lecture.choose(full=8, quick=1, gpu=gpu) == expected


def test_seeds_and_style_are_set(cache):
    mlcourse.setup_notebook(seed=7)
    first = np.random.rand()  # noqa: NPY002
    mlcourse.setup_notebook(seed=7)
    assert np.random.rand() == first  # noqa: NPY002
    assert plt.rcParams["font.size"] >= 10


def test_a_dark_theme_has_light_text_on_a_dark_background(cache):
    with plt.rc_context():
        mlcourse.setup_notebook(theme="dark")
        assert is_dark() and is_dark(plt.figure().get_facecolor())
        mlcourse.setup_notebook()
        assert is_dark()
        mlcourse.setup_notebook(theme="light")
        assert not is_dark()


def is_dark(background=None):
    """Return whether the background, by default that of Axes, is darker than the text."""
    background = background or plt.rcParams["axes.facecolor"]
    return sum(to_rgb(background)) < sum(to_rgb(plt.rcParams["text.color"]))


def test_a_theme_is_light_or_dark(cache):
    with pytest.raises(ValueError, match=r"theme must be one of light, dark\. Got 'night' instead"):
        mlcourse.setup_notebook(theme="night")


def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_the_report_is_a_table_of_this_run_and_the_reference(dataset, monkeypatch):
    bundles = shown(monkeypatch)
    lecture = session.Session(quick=True, device="CPU")
    lecture.record("parameters", 1)
    lecture.record("parameters", 669_706, 669_706)  # the same cell, run again
    lecture.record("accuracy <1>", 0.87654, 0.8764)
    lecture.record("no reference", np.float32(0.5))
    lecture.record("numpy's count", np.int64(1234))
    lecture.report(dataset("OpenML"))
    (bundle,) = bundles
    assert bundle[session.MIME_TYPE]["rows"] == [
        ["parameters", "669,706", "669,706"],
        ["accuracy <1>", "0.8765", "0.8764"],
        ["no reference", "0.5000", ""],
        ["numpy's count", "1,234", ""],
    ]
    assert bundle[session.MIME_TYPE]["synthetic"] is False
    assert "Fashion-MNIST (real, source: OpenML) · quick run · CPU" in bundle["text/plain"]
    assert "accuracy &lt;1&gt;" in bundle["text/html"]


def test_a_result_is_a_number_or_text():
    with pytest.raises(ValueError, match=r"a result must be a number, finite\. Got None instead"):
        session.Session(quick=True, device="CPU").record("accuracy", None)


def test_the_report_marks_synthetic_data(dataset, monkeypatch):
    bundles = shown(monkeypatch)
    lecture = session.Session(quick=False, device="CPU")
    lecture.record("accuracy", 0.5)
    lecture.report(dataset(SYNTHETIC))
    assert bundles[0][session.MIME_TYPE]["synthetic"] is True
    assert f"source: {SYNTHETIC})" in bundles[0]["text/html"]


def test_colab_gets_only_what_it_lacks(cache, monkeypatch):
    requires = ["numpy >= 1.26", "not-there-at-all >= 2", 'jax >= 0.4; extra == "jax"']
    commands = []
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr("importlib.metadata.requires", lambda name: requires)
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command))
    mlcourse.setup_notebook()
    assert [command[-1] for command in commands] == ["not-there-at-all >= 2"]
