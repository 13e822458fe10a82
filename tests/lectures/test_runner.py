import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

import nbformat
import pytest

from mlcourse import lectures
from mlcourse.datasets import SYNTHETIC, SYNTHETIC_NOTICE
from mlcourse.lectures import runner
from mlcourse.lectures.runner import Bar, Client
from tests.conftest import PATIENCE
from tests.lectures.conftest import FIT, REPORT, SETUP


def test_a_lecture_becomes_a_page_and_a_report(shelf, tmp_path, cache, capfd):
    shelf("short", SETUP, "md:## The fit\n\nA formula $x^2$.", FIT, "md:## The end", REPORT)
    done = lectures.run("short", out=tmp_path / "out")
    assert done.page == tmp_path / "out" / "short.html"
    assert done.facts["rows"] == [["epochs", "5", "25"], ["accuracy", "0.5000", ""]]
    assert done.facts["mode"] == "quick run"
    html = done.page.read_text("utf-8")
    assert "<msup>" in html
    assert [path.name for path in done.page.parent.iterdir()] == ["short.html"]
    assert "MNIST (real, source: SOURCE)" in html
    bar = capfd.readouterr().err
    assert "3/3 cells" in bar
    assert "The end" in bar


@pytest.mark.usefixtures("execution")
def test_a_whole_run_and_another_data_folder_reach_the_kernel(shelf, tmp_path, cache):
    place = "import os\nassert os.environ['MLCOURSE_DATA'].endswith('elsewhere')"
    shelf("short", SETUP, place, REPORT)
    (tmp_path / "elsewhere").mkdir()
    done = lectures.run("short", quick=False, data=tmp_path / "elsewhere", out=tmp_path)
    assert done.facts["rows"][0] == ["epochs", "25", "25"]
    assert done.facts["mode"] == "full run"


@pytest.mark.usefixtures("execution")
def test_synthetic_data_are_marked_at_the_top_of_the_page(shelf, tmp_path, cache):
    shelf("short", SETUP, REPORT.replace("SOURCE", SYNTHETIC))
    done = lectures.run("short", out=tmp_path)
    html = done.page.read_text("utf-8")
    assert done.facts["synthetic"]
    assert html.index(SYNTHETIC_NOTICE) < html.index("setup_notebook")


def test_a_seed_that_is_none_is_refused_before_a_kernel_starts(shelf, tmp_path, monkeypatch):
    shelf("short", SETUP)
    rule = "MLCOURSE_SEED must be a whole number from 0 to 4294967295"
    for wrong in ("abc", "-1", "4294967296"):
        monkeypatch.setenv("MLCOURSE_SEED", wrong)
        with pytest.raises(ValueError, match=rf"{rule}\. Got '?{wrong}'? instead\."):
            lectures.run("short", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv("MLCOURSE_SEED", "7")
    assert runner.environment(quick=True)["MLCOURSE_SEED"] == "7"
    assert runner.environment(quick=True, seed=3)["MLCOURSE_SEED"] == "3"
    monkeypatch.setenv("MLCOURSE_SEED", "")
    assert runner.environment(quick=True)["MLCOURSE_SEED"] == "0"


def test_a_cell_that_fails_is_named_and_its_page_written(shelf, tmp_path, cache):
    shelf("short", "md:## Trouble", "raise ValueError('no such rate')")
    with pytest.raises(lectures.LectureFailed, match=r"Trouble: ValueError: no such rate \(.*html"):
        lectures.run("short", out=tmp_path)
    html = (tmp_path / "short.html").read_text("utf-8")
    assert "no such rate" in html
    assert "did not reach its end" in html


@pytest.mark.slow
def test_a_result_that_cannot_be_shown_fails_the_run(shelf, tmp_path, cache):
    late = "def late():\n    raise OverflowError('no ticks')"
    shelf("short", SETUP, f"{late}\nget_ipython().events.register('post_execute', late)", REPORT)
    with pytest.raises(lectures.LectureFailed, match=r"def late\(\):: OverflowError: no ticks"):
        lectures.run("short", out=tmp_path)


@pytest.mark.slow
def test_a_kernel_that_dies_leaves_its_log(shelf, tmp_path, cache):
    shelf("short", "md:## Doom", "import os\nos.write(2, b'out of memory')\nos._exit(1)")
    with pytest.raises(
        lectures.LectureFailed, match=r"Doom: the kernel did not start, or died: .*short\.log"
    ):
        lectures.run("short", out=tmp_path)
    assert "out of memory" in (tmp_path / "short.log").read_text()
    assert (tmp_path / "short.html").exists()


def test_a_data_folder_that_is_none_is_refused(shelf, tmp_path):
    shelf("short", SETUP)
    with pytest.raises(
        ValueError, match=r"data must name a folder that exists\. Got '.*nowhere' instead"
    ):
        lectures.run("short", data=tmp_path / "nowhere", out=tmp_path)


@pytest.mark.usefixtures("execution")
def test_a_relative_data_folder_is_the_same_place_for_the_kernel(shelf, tmp_path, monkeypatch):
    place = "import os\nassert os.path.isdir(os.environ['MLCOURSE_DATA'])"
    shelf("short", SETUP, place, REPORT)
    (tmp_path / "mydata").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLCOURSE_DATA", "mydata")
    assert lectures.run("short", out="pages").facts["rows"]


@pytest.mark.usefixtures("execution")
def test_a_lecture_without_a_report_is_finished_all_the_same(shelf, tmp_path, cache):
    shelf("short", "1 + 1")
    done = lectures.run("short", out=tmp_path)
    assert done.facts == {}
    assert "did not reach its end" not in done.page.read_text("utf-8")


INTERRUPTED = """
    import pathlib, sys
    from mlcourse.cli import main
    from mlcourse.lectures import catalog

    catalog.folder = lambda: pathlib.Path(sys.argv[1])
    sys.exit(main(["lecture", "long", "--out", sys.argv[2]]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_interrupts_the_cell_and_keeps_the_page(shelf, tmp_path, cache):
    begun = tmp_path / "begun"
    sleep = f"open({str(begun)!r}, 'w').close()\nimport time\ntime.sleep({PATIENCE})"
    folder = shelf("long", "print('so far')", "md:## Patience", sleep).parent
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), str(folder), str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not begun.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert f"Patience: interrupted. The page so far: {tmp_path / 'long.html'}" in errors
    html = (tmp_path / "long.html").read_text("utf-8")
    assert "so far" in html
    assert "KeyboardInterrupt" in html


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_before_there_is_a_kernel_lets_no_cell_begin():
    class Client:
        km, stopping = None, False

        def execute(self):
            time.sleep(0.2)  # until the main thread waits
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            deadline = time.monotonic() + PATIENCE
            while not self.stopping and time.monotonic() < deadline:
                time.sleep(0.01)
            assert self.stopping
            raise KeyboardInterrupt  # as the next cell does

    with pytest.raises(KeyboardInterrupt):
        runner._in_thread(Client())


def test_a_client_that_is_stopping_begins_no_cell(shelf, tmp_path, cache):
    path = shelf("short", "open('begun', 'w').close()")
    with Bar(nbformat.read(path, 4)) as bar:
        client = Client(nbformat.read(path, 4), bar, resources={"metadata": {"path": tmp_path}})
        client.stopping = True
        with pytest.raises(KeyboardInterrupt):
            client.execute()
    assert not (tmp_path / "begun").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets in folders")
def test_a_kernel_takes_no_port_unless_the_path_of_a_socket_would_be_too_long(monkeypatch):
    managers = []
    for folder in (tempfile.gettempdir(), "/" + 100 * "a"):
        monkeypatch.setattr(tempfile, "tempdir", folder)
        managers.append(Client(nbformat.v4.new_notebook(), None).create_kernel_manager())
    assert [manager.transport for manager in managers] == ["ipc", "tcp"]
    assert managers[0].ip.startswith("/") and managers[1].ip == "127.0.0.1"


def test_a_kernel_that_cannot_start_is_a_failure_that_is_named(shelf, tmp_path, cache, monkeypatch):
    shelf("short", "1 + 1")

    def fail(self, *_, **__):
        raise RuntimeError("no kernel today")

    monkeypatch.setattr(runner.Client, "execute", fail)
    with pytest.raises(
        lectures.LectureFailed, match=r"did not start, or died: RuntimeError: no kernel"
    ):
        lectures.run("short", out=tmp_path)
    assert (tmp_path / "short.html").exists()
