"""Ctrl-C at any moment of a lecture: a page, words that say so, and 130."""

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


def begin(folder, cell):
    """Starts a lecture, and returns its process when a cell of it has begun."""
    folder.mkdir()
    cells = [
        f"open('begun-{i}', 'w').close()\nimport time\ntime.sleep(0.2)\nprint('cell {i}')"
        for i in range(CELLS)
    ]
    put_lecture(folder, "long", *cells, f"import time\ntime.sleep({PATIENCE})")
    command = [sys.executable, "-c", textwrap.dedent(LECTURE), str(folder)]
    environment = {**os.environ, "MLCOURSE_DATA": str(folder)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    while not (folder / f"begun-{cell}").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("cell", random.Random(0).sample(range(CELLS), 3))
def test_a_lecture_interrupted_at_any_cell_has_a_page_and_says_so(cell, tmp_path):
    folder = tmp_path / "lecture"
    process = begin(folder, cell)
    time.sleep(random.uniform(0, 0.3))  # within this cell, or the next
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, errors
    assert f"interrupted. The page so far: {folder / 'long.html'}" in errors
    html = (folder / "long.html").read_text("utf-8")
    assert "did not reach its end" in html
    assert all(f"cell {number}\n" in html for number in range(cell))


def test_a_lecture_interrupted_while_its_page_is_written_has_a_page(tmp_path, monkeypatch):
    from mlcourse import lectures
    from mlcourse.lectures import catalog, page, runner

    put_lecture(tmp_path, "short", "6 * 7")
    monkeypatch.setattr(catalog, "folder", lambda: tmp_path)
    monkeypatch.setattr(runner, "execute", lambda *_: None)
    static, calls = page.static, []

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
