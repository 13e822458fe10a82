import subprocess
import sys

import numpy as np
import pytest

from mlcourse.cli import main
from tests.lectures.conftest import REPORT, SETUP, shelf  # noqa: F401


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
        (["doctor"], ["exit status 1 if"]),
    ],
)
def test_help_says_what_there_is(command, words, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert all(word in out for word in words)


def test_a_lecture_ends_with_its_page_and_its_figures(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", SETUP, REPORT.replace("SOURCE", "stand-in"))
    assert main(["lecture", "short", "--out", str(tmp_path / "pages")]) == 0
    out = capsys.readouterr().out
    assert "Mode:   quick run" in out
    assert str(tmp_path / "pages" / "short.html") in out
    assert "Keras " in out
    assert "MNIST stand-in (generated pictures, source: stand-in)" in out
    assert "epochs           5         25" in out
    assert "STAND-IN DATA" in out


def test_a_lecture_without_a_report_says_so(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", "1 + 1")
    assert main(["lecture", "short", "--out", str(tmp_path)]) == 0
    assert "Data:   not reported" in capsys.readouterr().out


def test_a_page_can_be_opened(shelf, tmp_path, cache, monkeypatch):  # noqa: F811
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    shelf("short", SETUP, REPORT)
    assert main(["lecture", "short", "--out", str(tmp_path), "--open"]) == 0
    assert opened == [(tmp_path / "short.html").as_uri()]


def test_a_lecture_that_fails_exits_with_1(shelf, tmp_path, cache, capsys):  # noqa: F811
    shelf("short", "1 / 0")
    assert main(["lecture", "short", "--out", str(tmp_path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert main(["lecture", "long"]) == 1
    assert "lecture must be one of short. Got 'long' instead." in capsys.readouterr().err


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
    assert "in the cache" in lines[0]
    assert "not there" in lines[1]
    assert main(["data", "verify"]) == 0
    assert "fashion_mnist: as it should be" in capsys.readouterr().out
    (cache / "mnist.npz").write_bytes(b"")
    assert main(["data", "verify"]) == 1
    assert "mend it with: mlcourse data fetch mnist" in capsys.readouterr().out


def test_data_is_fetched_once(cache, entry, arrays, capsys):
    np.savez(cache / "fashion_mnist.npz", **arrays)
    assert main(["data", "fetch", "fashion_mnist"]) == 0
    assert "Fashion-MNIST: 30 training and 20 test pictures" in capsys.readouterr().out
    assert main(["data", "fetch", "fashion_mnist", "mnist"]) == 1
    assert "MNIST is not to be had" in capsys.readouterr().err
    assert main(["data", "fetch", "imagenet"]) == 1
    assert "one of fashion_mnist, mnist, cifar10" in capsys.readouterr().err
