"""Ctrl-C at any moment of a lecture: it writes a page, reports it, and exits with 130."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.conftest import PATIENCE
from tests.lectures.conftest import put_lecture

CELLS = 5
LECTURE = """
    import pathlib, signal, sys
    from mlcourse.cli import main
    from mlcourse.lectures import catalog

    signal.signal(signal.SIGINT, signal.default_int_handler)
    catalog.folder = lambda: pathlib.Path(sys.argv[1])
    sys.exit(main(["lecture", "long", "--out", sys.argv[1]]))
"""


STUBBORN = f"""
import time
open('started-stubborn', 'w').close()
while True:
    try:
        time.sleep({PATIENCE})
    except KeyboardInterrupt:
        open('interrupted', 'w').close()
"""


def start(folder, cell, last=f"import time\ntime.sleep({PATIENCE})"):
    """Start a lecture in a process, and return the process when the given cell runs."""
    folder.mkdir()
    cells = [
        f"open('started-{i}', 'w').close()\nimport time\ntime.sleep(0.2)\nprint('cell {i}')"
        for i in range(CELLS)
    ]
    put_lecture(folder, "long", *cells, last)
    command = [sys.executable, "-c", textwrap.dedent(LECTURE), str(folder)]
    environment = {**os.environ, "MLCOURSE_DATA": str(folder)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    while not (folder / f"started-{cell}").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("cell", random.Random(0).sample(range(CELLS), 3))
def test_a_lecture_interrupted_in_any_cell_writes_a_page(cell, tmp_path):
    folder = tmp_path / "lecture"
    process = start(folder, cell)
    time.sleep(random.uniform(0, 0.3))  # in this cell or the next one
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert f"interrupted. The page so far: {folder / 'long.html'}" in errors
    html = (folder / "long.html").read_text("utf-8")
    assert "did not reach its end" in html
    assert all(f"cell {number}\n" in html for number in range(cell))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_that_is_terminated_ends_like_an_interrupted_one(name, tmp_path):
    folder = tmp_path / "lecture"
    process = start(folder, 0)
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert "did not reach its end" in (folder / "long.html").read_text("utf-8")


@pytest.mark.slow
def test_a_second_ctrl_c_ends_a_cell_that_ignores_the_first(tmp_path):
    folder = tmp_path / "lecture"
    process = start(folder, "stubborn", STUBBORN)
    process.send_signal(signal.SIGINT)
    while not (folder / "interrupted").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    html = (folder / "long.html").read_text("utf-8")
    assert "did not reach its end" in html
    assert f"cell {CELLS - 1}\n" in html


def test_a_lecture_interrupted_while_its_page_is_written_has_a_page(tmp_path, monkeypatch):
    from mlcourse import lectures
    from mlcourse.lectures import catalog, page, runner

    put_lecture(tmp_path, "short", "6 * 7")
    monkeypatch.setattr(catalog, "folder", lambda: tmp_path)
    monkeypatch.setattr(runner, "execute", lambda *_: None)
    static = page.static
    calls = []

    def interrupted(notebook):
        calls.append(notebook)
        if len(calls) == 1:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        return static(notebook)

    monkeypatch.setattr(page, "static", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            lectures.run("short", data=tmp_path, out=tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "did not reach its end" in (tmp_path / "short.html").read_text("utf-8")
