import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mlcourse.cli import _parser, main
from mlcourse.datasets import SYNTHETIC, SYNTHETIC_NOTICE
from mlcourse.lectures import find, runner
from mlcourse.tuning import search_file
from tests.conftest import PATIENCE
from tests.lectures.conftest import REPORT, SETUP, execute_here, execution, shelf  # noqa: F401


def test_the_module_is_the_command():
    out = subprocess.run(
        [sys.executable, "-m", "mlcourse", "--version"], capture_output=True, text=True, check=True
    )
    assert out.stdout.startswith("mlcourse ")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["lecture", "lectures", "data", "doctor"]),
        (["lecture"], ["--quick", "--full", "--data DIR", "--out DIR", "--open"]),
        (["data"], ["list", "fetch", "verify", "path", "MLCOURSE_DATA", "MLCOURSE_OFFLINE"]),
        (["data", "fetch"], ["OpenML"]),
        (["doctor"], ["exit status is 1 if"]),
        (
            ["tune"],
            ["course, mlp, cnn, or FILE.py", "--workers N", "--scheduler", "run code on it"],
        ),
    ],
)
def test_help_describes_commands_and_options(command, words, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert all(word in out for word in words)


@pytest.mark.parametrize("command", [[], ["data"]])
def test_a_command_without_a_subcommand_lists_them(command, capsys):
    assert main(command) == 0
    assert "COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "missing", "extras"),
    [
        (["lecture"], "nbclient", "[lectures]"),
        (["slides"], "nbformat", "[lectures]"),
        (["scores"], "nbclient", "[lectures]"),
        (["new", "mine"], "nbformat", "[lectures]"),
        (["app", "playground"], "voila", "[lectures,lab]"),
        (["data", "list"], "platformdirs", ""),
        (["lecture"], "jax", "[jax]"),
    ],
)
def test_a_missing_package_is_named_with_pip_s_command(
    command, missing, extras, monkeypatch, capsys
):
    def fail(arguments):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    arguments = _parser().parse_args(command)
    arguments.run = fail
    monkeypatch.setattr(
        "mlcourse.cli._parser", lambda: SimpleNamespace(parse_args=lambda _: arguments)
    )
    assert main(command) == 1
    expected = f'{missing}. To install it, run: {sys.executable} -m pip install "mlcourse{extras}"'
    assert capsys.readouterr().err == f"mlcourse: this command needs the package {expected}\n"


@pytest.mark.slow
def test_a_reader_that_ends_early_is_no_error():
    command = f"{sys.executable} -u -m mlcourse --help | true; echo ${{PIPESTATUS[0]}}"
    lectures = f"{sys.executable} -u -m mlcourse lectures | head -1; echo ${{PIPESTATUS[0]}}"
    for line in (command, lectures):
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
        assert done.stderr == ""
        assert done.stdout.splitlines()[-1] == "0"


def test_a_new_lecture_runs_by_its_path(tmp_path, monkeypatch, capsys, cache):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-lecture"]) == 0
    assert "mlcourse lecture my-lecture.ipynb" in capsys.readouterr().out
    assert find("my-lecture.ipynb").title == "My lecture"
    monkeypatch.setattr(runner, "execute", execute_here)
    assert main(["lecture", "my-lecture.ipynb", "--out", "."]) == 0
    out = capsys.readouterr().out
    assert "My lecture" in out
    assert "weights and biases" in out
    assert "no dataset" in out
    assert (tmp_path / "my-lecture.html").is_file()
    assert main(["new", "my-lecture"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main(["new", "../mine"]) == 1
    assert main(["lecture", "gone.ipynb"]) == 1
    assert "There is no notebook 'gone.ipynb'." in capsys.readouterr().err


@pytest.mark.parametrize("command", [["data", "list"], ["data", "verify"], ["data", "path"]])
def test_a_folder_that_does_not_exist_is_refused(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MLCOURSE_DATA", str(tmp_path / "typo"))
    assert main(command) == 1
    assert "MLCOURSE_DATA must name a folder that exists. Got " in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


@pytest.mark.usefixtures("execution")
def test_a_lecture_ends_with_its_page_and_its_figures(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", SETUP, REPORT.replace("SOURCE", SYNTHETIC))
    assert main(["lecture", "short", "--out", str(tmp_path / "pages")]) == 0
    out = capsys.readouterr().out
    assert "Mode:   quick run" in out
    assert str(tmp_path / "pages" / "short.html") in out
    assert "Keras " in out
    assert f"source: {SYNTHETIC})" in out
    assert "epochs           5         25" in out
    assert SYNTHETIC_NOTICE in out


@pytest.mark.usefixtures("execution")
def test_a_lecture_without_a_report_says_so(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", "1 + 1")
    assert main(["lecture", "short", "--out", str(tmp_path)]) == 0
    assert "Data:   not reported" in capsys.readouterr().out


@pytest.mark.usefixtures("execution")
def test_a_page_can_be_opened(shelf, tmp_path, cache, monkeypatch):  # noqa: F811
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    shelf("short", SETUP, REPORT)
    assert main(["lecture", "short", "--out", str(tmp_path), "--open"]) == 0
    assert opened == [(tmp_path / "short.html").as_uri()]


@pytest.mark.usefixtures("execution")
def test_a_lecture_that_fails_exits_with_1(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", "1 / 0")
    assert main(["lecture", "short", "--out", str(tmp_path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert main(["lecture", "long"]) == 1
    assert "There is no lecture 'long'. The lectures are: short." in capsys.readouterr().err


@pytest.mark.usefixtures("execution")
def test_lectures_become_slides(shelf, tmp_path, cache, capsys, monkeypatch):  # noqa: F811
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    shelf("first", SETUP)
    shelf("second", SETUP, order=2)
    assert main(["slides", "--out", str(tmp_path / "out"), "--open"]) == 0
    written = [tmp_path / "out" / "slides" / f"{name}.html" for name in ("first", "second")]
    assert capsys.readouterr().out == "".join(f"Slides: {path}\n" for path in written)
    assert opened == [path.as_uri() for path in written]
    assert "The second" in written[1].read_text("utf-8")
    assert main(["slides", "third", "--out", str(tmp_path)]) == 1
    assert "There is no lecture 'third'" in capsys.readouterr().err


def test_lectures_are_listed(shelf, capsys):  # noqa: F811
    shelf("short")
    assert main(["lectures"]) == 0
    assert capsys.readouterr().out == "short: The short\n    What it is about.\n"


def test_data_is_listed_verified_and_placed(cache, entry, arrays, capsys):
    assert main(["data", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(cache)
    np.savez(cache / "fashion_mnist.npz", **arrays)
    assert main(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["fashion_mnist", "mnist", "cifar10"]
    assert lines[0].endswith(" MB")
    assert lines[1].endswith("not downloaded")
    assert main(["data", "verify"]) == 0
    assert "fashion_mnist: shapes and class counts match" in capsys.readouterr().out
    (cache / "mnist.npz").write_bytes(b"")
    assert main(["data", "verify"]) == 1
    assert "to fix it, run: mlcourse data fetch mnist" in capsys.readouterr().out


def test_data_names_the_folder_of_the_datasets_for_one_command(
    cache, entry, arrays, tmp_path, capsys
):
    other = tmp_path / "other"
    other.mkdir()
    np.savez(other / "fashion_mnist.npz", **arrays)
    option = ["--data", str(other)]
    for command in ("verify", "fetch"):
        names = ["fashion_mnist"] if command == "fetch" else []
        assert main(["data", command, *names, *option]) == 0
        assert "not downloaded" not in capsys.readouterr().out.splitlines()[0]
    assert main(["data", "path", *option]) == 0
    assert capsys.readouterr().out.strip() == str(other)
    assert main(["doctor", *option]) in (0, 1)
    assert str(other) in capsys.readouterr().out
    assert main(["data", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(cache)
    for command in (["data", "list"], ["doctor"]):
        assert main([*command, "--data", "gone"]) == 1
        assert "data must name a folder that exists. Got 'gone'" in capsys.readouterr().err


def test_data_is_fetched_once(cache, entry, arrays, capsys):
    np.savez(cache / "fashion_mnist.npz", **arrays)
    assert main(["data", "fetch", "fashion_mnist"]) == 0
    assert "Fashion-MNIST: 30 training and 20 test images" in capsys.readouterr().out
    for names in ([], ["fashion_mnist", "mnist"]):
        assert main(["data", "fetch", *names]) == 1
        err = capsys.readouterr().err
        assert "Could not load MNIST. Tried:\n  cache: not downloaded\n" in err
    assert main(["data", "fetch", "imagenet"]) == 1
    assert "one of fashion_mnist, mnist, cifar10" in capsys.readouterr().err


SEARCH = """
import keras
import neighbour


def build(hp):
    layers = [keras.Input((4,)), keras.layers.Dense(hp.Int("units", 2, 64), "softmax")]
    model = keras.Sequential(layers)
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=["accuracy"], run_eagerly=True)
    return model


def data():
    return neighbour.data
"""
NEIGHBOUR = """
import numpy as np

x, y = np.random.default_rng(0).normal(size=(80, 4)).astype("float32"), np.arange(80) % 2
data = {"train": (x[:60], y[:60]), "validation": (x[60:], y[60:])}
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return a Python file with a search, in a folder whose name has a space."""
    monkeypatch.setattr(sys, "path", [*sys.path])  # the search adds its folder
    monkeypatch.delitem(sys.modules, "neighbour", raising=False)
    path = tmp_path / "my searches" / "units.py"
    path.parent.mkdir()
    path.write_text(SEARCH)
    (path.parent / "neighbour.py").write_text(NEIGHBOUR)
    return path


def mlcourse(*arguments, **options):
    """Start the command in a new process."""
    command = [sys.executable, "-m", "mlcourse", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "0"], "workers must be a whole number of at least 1. Got 0 instead."),
        (["--workers", "2", "--scheduler", "tls://a:1"], "scheduler must not be given together"),
    ],
)
def test_where_a_search_runs_is_checked_before_anything_is_loaded(options, words, tmp_path, capsys):
    assert main(["tune", "no-file.py", "--directory", str(tmp_path / "search"), *options]) == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.startswith("mlcourse: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "search").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n\n1 / 0\n", "units.py, line 3 must run without an error. Got ZeroDivisionError: "),
        ("def build(hp:\n", "units.py must run without an error. Got SyntaxError: "),
        ("import no_such_module", "line 1 must run without an error. Got ModuleNotFoundError: "),
        ("raise SystemExit(3)", "line 1 must run without an error. Got SystemExit: 3."),
        (
            "data = {}",
            "must have `build` and `data`, as tuning.search takes them. It has no build.",
        ),
        (
            "def build(hp): ...",
            "must have `build` and `data`, as tuning.search takes them. It has no",
        ),
        ("build, data = 3, {}", "`build` in "),
        (
            "def build(hp): ...\ndef data(): return {}['x']",
            "line 2 must run without an error. Got Key",
        ),
        ("def build(hp): ...\ndata = {}", "data must be a dict of train, validation"),
    ],
)
def test_a_file_that_is_no_search_is_an_error_in_one_line(text, words, file, capsys, tmp_path):
    file.write_text(text)
    assert main(["tune", str(file), "--directory", str(tmp_path / "search")]) == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["imagenet"], "NAME must be one of course, mlp, cnn, FILE.py. Got 'imagenet' instead."),
        (["gone.py"], "NAME must be a search, or a file that exists. Got 'gone.py' instead."),
        (["mlp", "--dataset", "wrong"], "one of fashion_mnist, mnist, cifar10"),
        (["mlp", "--data", "gone"], "data must name a folder that exists. Got 'gone' instead."),
        (["mlp", "--trials", "0"], "trials must be a whole number of at least 1. Got 0 instead."),
        (["mlp", "--method", "wrong"], "method must be one of random, hyperband, bayesian."),
        (["mlp", "--objective", "wrong"], "objective must be a loss or a metric with a known"),
        (["mlp", "--examples", "3"], "examples must be a whole number of at least 6. Got 3"),
    ],
)
def test_what_is_no_search_is_an_error_before_data_is_loaded(
    arguments, words, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("mlcourse.datasets.loader._download", None)
    assert main(["tune", *arguments, "--directory", str(tmp_path / "search")]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "search").exists()


def test_a_directory_of_another_search_is_an_error_before_data_is_loaded(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("mlcourse.datasets.loader._download", None)
    settings = {"method": "random", "objective": {"name": "val_accuracy", "direction": "max"}}
    state = {key: {} for key in search_file.KEYS} | {"settings": {**settings, "epochs": 1}}
    search_file.write(tmp_path, state)
    assert main(["tune", "mlp", "--epochs", "2", "--directory", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert f"epochs must be the same as in the search in '{tmp_path}'" in error
    assert "Got 2 instead of 1." in error


def test_a_method_that_is_none_is_an_error(file, tmp_path, capsys):
    assert main(["tune", str(file), "--method", "wrong", "--directory", str(tmp_path / "s")]) == 1
    expected = "method must be one of random, hyperband, bayesian. Got 'wrong' instead."
    assert expected in capsys.readouterr().err


def test_a_search_that_is_interrupted_says_how_to_go_on(monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlcourse.cli.tune._tune", interrupted)
    assert main(["tune", "course", "--workers", "2", "--directory", "mine"]) == 130
    expected = "mlcourse: interrupted; the same command resumes, the search is in mine\n"
    assert capsys.readouterr().err == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_search_with_workers_that_is_ended_leaves_no_process_and_resumes(
    how, status, file, tmp_path, capsys
):
    pytest.importorskip("distributed")
    psutil = pytest.importorskip("psutil")
    names = [str(file), "--directory", str(tmp_path / "a search"), "--epochs", "2"]
    command = ["tune", *names, "--trials", "4", "--workers", "2"]
    with mlcourse(*command, start_new_session=True) as process:
        wait_for(lambda: len(ended(tmp_path / "a search")) > 0, PATIENCE)
        children = psutil.Process(process.pid).children(recursive=True)
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does
        else:
            process.send_signal(how)
        err = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == status
    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    if how == signal.SIGINT:
        where = tmp_path / "a search"
        last = f"mlcourse: interrupted; the same command resumes, the search is in {where}"
        assert err.splitlines()[-1] == last
        assert "Traceback" not in err
    before = ended(tmp_path / "a search")
    assert main(["tune", *names, "--trials", "4"]) == 0
    trials = ended(tmp_path / "a search")
    assert [trial.number for trial in trials] == list(range(4))
    assert all(trial in trials for trial in before)  # also their seconds: none was run again
    assert "4 of 4 trials" in capsys.readouterr().out


def ended(folder):
    try:
        return [trial for trial in search_file.read(folder).trials if not trial.is_running]
    except FileNotFoundError:
        return []


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.05)
