import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from mlcourse.cli import main
from mlcourse.lectures import app
from tests.conftest import PATIENCE


@pytest.fixture
def served(monkeypatch):
    """Return a list of the arguments of `app.run`, which serves nothing here, and MLCOURSE_DATA."""
    server = pytest.importorskip("mlcourse.lectures.app")
    found = []
    monkeypatch.setattr(os, "environ", {**os.environ})

    def run(*arguments):
        found.append((*arguments, os.environ.get("MLCOURSE_DATA")))

    monkeypatch.setattr(server, "run", run)
    return found


def test_a_lecture_is_served_as_it_is(shelf):
    shelf("short", "1 + 1")
    made = app.notebook("short")
    assert made.metadata["title"] == "The short"
    assert [cell.source for cell in made.cells][1:] == ["1 + 1"]


def test_an_interactive_is_served_in_a_notebook_of_its_own(shelf):
    made = app.notebook("initialization")
    title, setup, figure = made.cells
    assert title.source == "# Initialization"
    assert "setup_notebook()" in setup.source
    assert figure.source == "mlcourse.interactive.initialization()"
    assert made.metadata["kernelspec"]["name"] == "python3"


def test_an_unknown_name_lists_the_known_ones(shelf, capsys):
    shelf("short")
    assert main(["app", "long"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("mlcourse: name must be one of short, ")
    assert "network_size" in err and "initialization" in err
    assert "weight_updates" not in err  # needs weights
    assert "Interactive" not in err
    assert err.endswith("Got 'long' instead.\n")


def test_voila_that_is_missing_is_asked_for(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "mlcourse.lectures.app")
    monkeypatch.delattr("mlcourse.lectures.app")
    for name in [name for name in sys.modules if name.partition(".")[0] == "voila"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "voila", None)
    assert main(["app", "initialization"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("mlcourse: this command needs the package voila")
    assert err.endswith('-m pip install "mlcourse[lectures,lab]"\n')


def test_a_port_is_free_or_refused(capsys):
    with socket.socket() as taken:
        taken.bind((app.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=rf"Port {port} is in use. Choose another one"):
            app.free_port(port)
        assert 0 < app.free_port() != port
    assert app.free_port(port) == port
    with pytest.raises(ValueError, match=r"port must be a whole number from 0 to 65535\. Got -1"):
        app.free_port(-1)


def test_each_app_has_a_token_and_a_folder_that_is_swept_up(served, tmp_path):
    for _ in range(2):
        folder = ["--data", str(tmp_path)]
        assert main(["app", "initialization", "--full", "--no-browser", *folder]) == 0
    (path, ip, port, token, browser, max_visitors, data), (_, _, _, other, *_) = served
    assert (path.name, ip, browser, max_visitors) == ("initialization.ipynb", "127.0.0.1", False, 4)
    assert port > 0
    assert len(token) == 32 and token != other
    assert not path.parent.exists()
    assert os.environ["MLCOURSE_QUICK"] == "0"
    assert os.environ["MLCOURSE_INTERACTIVE"] == "1"
    assert data == str(tmp_path)


SERVE = """
import pathlib, sys
from mlcourse.cli import command
from mlcourse.lectures import catalog

folder = pathlib.Path(sys.argv[1])
catalog.folder = lambda: folder
sys.argv[1:] = ["app", "short", "--no-browser"]
command()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_app_and_the_kernel_that_is_busy(shelf, tmp_path, cache):
    pytest.importorskip("voila")
    psutil = pytest.importorskip("psutil")
    begun = tmp_path / "begun"
    note = f"open({str(begun)!r}, 'w').write(str(os.getpid()))"
    busy = f"import os, time\n{note}\ntime.sleep({PATIENCE})"
    folder = shelf("short", busy).parent
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as process:
        address = re.search(r"http://127\.0\.0\.1:\d+/\?token=\w{32}", process.stdout.readline())[0]
        with pytest.raises(HTTPError, match="403"):
            urlopen(address.replace("?", "api/kernels/0-0-0-0-0?wrong-"), timeout=PATIENCE)
        with build_opener(HTTPCookieProcessor()).open(address, timeout=PATIENCE):
            while not (begun.exists() and begun.read_text()):
                assert process.poll() is None
                time.sleep(0.05)
            for _ in range(2):  # as an impatient user does
                process.send_signal(signal.SIGINT)
                time.sleep(0.2)
            _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, -signal.SIGINT)  # the second may come when all is done
    assert all(line.startswith("403 GET ") for line in errors.splitlines()), errors
    kernel = int(begun.read_text())
    assert not psutil.pid_exists(kernel) or psutil.Process(kernel).status() == "zombie"
    assert list(scratch.iterdir()) == []


STRUCK = """
import signal
from tornado.ioloop import IOLoop
from mlcourse.lectures.app import Server

def step():
    signal.raise_signal(signal.SIGINT)
    print("the step has ended")

Server.launch_browser = lambda server: IOLoop.current().add_callback(step)
"""


@pytest.mark.slow
def test_ctrl_c_amid_a_step_of_the_server_lets_that_end(shelf, cache):
    pytest.importorskip("voila")
    folder = shelf("short", "1").parent
    command = [sys.executable, "-c", STRUCK + SERVE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the step has ended\n", "")
