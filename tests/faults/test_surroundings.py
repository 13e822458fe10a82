"""Unusual environments: no home directory, a wrong clock, no display, an ASCII locale."""

import os
import subprocess
import sys
import textwrap
import time
from importlib.metadata import version

import numpy as np
import pytest
from packaging.version import Version

from mlcourse.training import runs
from tests.faults import children, fits
from tests.lectures.conftest import put_lecture

USE_PACKAGE = """
    import sys
    import mlcourse
    from matplotlib import pyplot as plt
    from mlcourse import datasets, figures

    axes = mlcourse.plot_activation("relu")
    figures.save_figure(axes, sys.argv[1] + "/figure.png")
    try:
        datasets.load("mnist")
    except datasets.DatasetUnavailable as error:
        print(error)
"""


def python(code, *arguments, without=(), **variables):
    """Run code in a process without some environment variables, and return its output."""
    removed = ("MLCOURSE_DATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", *without)
    environment = {name: value for name, value in os.environ.items() if name not in removed}
    code = textwrap.dedent(code).encode("ascii", "backslashreplace").decode()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


NO_PASSWD_ENTRY = """
    import pwd

    def getpwuid(number):
        raise KeyError(number)

    pwd.getpwuid = getpwuid
"""


def no_home(folder, mount):
    return {"without": ["HOME"]}


def home_is_a_file(folder, mount):
    (folder / "home").touch()
    return {"HOME": str(folder / "home")}


def home_is_missing(folder, mount):
    return {"HOME": "/proc/nowhere"}  # cannot be created, not even by root


def home_is_read_only(folder, mount):
    home = folder / "home"
    home.mkdir(mode=0o500)
    if not mount(home, "ro") and os.access(home, os.W_OK):
        pytest.skip("this user can write to each folder")
    return {"HOME": str(home)}


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [True, False], ids=["", "no passwd entry"])
@pytest.mark.parametrize("home", [no_home, home_is_a_file, home_is_missing, home_is_read_only])
def test_without_a_home_directory_everything_works_except_the_cache(
    home, is_known, tmp_path, mount
):
    if not is_known and Version(version("matplotlib")) < Version("3.11"):
        pytest.skip("this version of Matplotlib cannot be imported without a home directory")
    code = ("" if is_known else textwrap.dedent(NO_PASSWD_ENTRY)) + textwrap.dedent(USE_PACKAGE)
    output = python(code, str(tmp_path), **home(tmp_path, mount))
    assert "Could not load MNIST" in output
    assert "mlcourse data fetch mnist" in output
    assert (tmp_path / "figure.png").stat().st_size


@pytest.mark.slow
def test_a_dataset_that_cannot_be_cached_is_returned(tmp_path):
    code = """
        from mlcourse import datasets
        from mlcourse.datasets import catalog, loader
        from tests.conftest import make_arrays, tiny

        catalog.CATALOG["mnist"] = tiny(catalog.CATALOG["mnist"])
        loader.SOURCES = {"test": lambda entry, folder: make_arrays(entry)}
        print(datasets.load("mnist").source)
    """
    options = home_is_a_file(tmp_path, None)
    assert python(code, without=["MLCOURSE_OFFLINE"], MLCOURSE_OFFLINE="0", **options) == "test\n"


@pytest.mark.slow
def test_figures_are_saved_without_a_display(tmp_path):
    hidden = ["DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND"]
    python(USE_PACKAGE, str(tmp_path), without=hidden, MLCOURSE_DATA=str(tmp_path))
    assert (tmp_path / "figure.png").stat().st_size


WRITE_FILES = """
    import pathlib, sys
    import nbformat
    from mlcourse._core import tables
    from mlcourse.cli import main
    from mlcourse.lectures import catalog, page

    folder = pathlib.Path(sys.argv[1])
    catalog.folder = lambda: folder
    assert main(["lectures"]) == 0
    assert main(["data", "verify"]) == 0
    notebook = nbformat.read(folder / "long.ipynb", as_version=4)
    page.write(notebook, "Größe · λ", page.UNFINISHED, folder / "page.html")
    tables.write_csv(folder / "table.csv", ["größer"], [["λ"]])
    print("\\u00b7 ok")
"""


@pytest.mark.slow
def test_in_an_ascii_locale_files_are_utf_8_and_printing_works(tmp_path):
    put_lecture(tmp_path, "long", "md:## Über λ", "1 + 1")
    text = (tmp_path / "long.ipynb").read_text("utf-8").replace("# The long", "# Größe · λ")
    (tmp_path / "long.ipynb").write_text(text, "utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    plain |= {"PYTHONIOENCODING": "ascii", "MLCOURSE_DATA": str(tmp_path)}
    output = python(WRITE_FILES, str(tmp_path), **plain)
    assert "long: Gr??e ? ?" in output
    assert (tmp_path / "table.csv").read_text("utf-8") == "größer\nλ\n"
    html = (tmp_path / "page.html").read_text("utf-8")
    assert "Größe · λ" in html
    assert "Über λ" in html


def fit_at(now, run):
    time.time, localtime = (lambda: now), time.localtime
    time.localtime = lambda seconds=now: localtime(seconds)
    return fits.fit(run)


@pytest.mark.slow
def test_a_run_is_saved_in_another_century(tmp_path, monkeypatch):
    now = 4e9
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    status, history = children.run(fit_at, now, "one", **where)
    assert (status, len(history["loss"])) == (0, fits.EPOCHS)
    for path in (tmp_path / "one").iterdir():
        os.utime(path, (now, now))
    assert runs.load("one").history == history
    assert children.run(fits.fit, "one", **where) == (0, history)


@pytest.mark.slow
def test_a_fit_before_1980_is_refused_before_it_is_trained(tmp_path):
    status, error = children.run(fit_at, 30 * 86400.0, "one", MLCOURSE_RUNS=str(tmp_path))
    assert (status, error.split(". ")[0]) == (
        1,
        "ValueError: the clock must be right, as no Keras file can be dated before 1980",
    )
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("now", [0, 4e9], ids=["1970", "2096"])
def test_files_with_wrong_times_are_read(now, cache, entry, arrays):
    from mlcourse import datasets

    np.savez(cache / "fashion_mnist.npz", **arrays)
    for name in ("fashion_mnist.npz", ".fashion_mnist.lock", ".part-1-fashion_mnist.npz"):
        (cache / name).touch()
        os.utime(cache / name, (now, now))
    os.utime(cache, (now, now))
    np.testing.assert_array_equal(datasets.load("fashion_mnist").x_train, arrays["x_train"])
    assert datasets.fetch("fashion_mnist").source == "a file put into the cache"
    assert not (cache / ".part-1-fashion_mnist.npz").exists()
