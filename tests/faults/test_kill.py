"""Processes that are killed at any moment of a write, and the files that they leave."""

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mlcourse import lectures
from mlcourse._core import files
from mlcourse.training import runs
from mlcourse.tuning import search_file
from tests.conftest import PATIENCE, slow
from tests.faults import children, fits
from tests.faults.children import die_at, die_at_byte
from tests.faults.writers import WRITERS, write

MOMENTS = {
    "at its first bytes": (lambda: die_at_byte(100), signal.SIGXFSZ, "old"),
    "before it is on the disk": (lambda: die_at(files, "flush_to_disk"), signal.SIGKILL, "old"),
    "before it is renamed": (lambda: die_at(Path, "replace"), signal.SIGKILL, "old"),
    "after it is renamed": (lambda: die_at(Path, "replace", after=True), signal.SIGKILL, "new"),
}
OTHER_MOMENTS = [moment for moment in MOMENTS if moment != "before it is renamed"]
BUILD = Path(__file__).parents[2] / "docs" / "site" / "build.py"


def write_and_die(name, folder, moment):
    MOMENTS[moment][0]()
    write(name, folder, "new")


@pytest.mark.parametrize("moment", ["before it is renamed", *slow(*OTHER_MOMENTS)])
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_the_old_or_the_new_one_whenever_its_writer_is_killed(name, moment, tmp_path):
    (tmp_path / "other").mkdir()
    _, old = children.run(write, name, tmp_path, "old")
    _, new = children.run(write, name, tmp_path / "other", "new")
    _, how, expected = MOMENTS[moment]
    assert children.run(write_and_die, name, tmp_path, moment) == (-how, None)
    assert (tmp_path / name).read_bytes() == {"old": old, "new": new}[expected]
    assert children.run(write, name, tmp_path, "new") == (0, new)
    names = {path.name for path in tmp_path.iterdir()}
    assert {name for name in names if not name.startswith(files.PARTIAL_PREFIX)} == {name, "other"}


KILLS = [
    lambda: die_at_byte(5_000),  # while a partial file is written
    lambda: die_at(Path, "replace", 3),  # before the third rename
    lambda: die_at(Path, "replace", 3, after=True),
    lambda: die_at(files, "append_line", 2),
]


def fit_and_die(kill):
    KILLS[kill]()
    fits.fit("one")


@pytest.mark.quick
def test_a_killed_fit_resumes_after_its_last_complete_epoch(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    _, whole = children.run(fits.fit, "whole", **where)
    n_epochs = 0
    for kill in range(len(KILLS)):
        status, _ = children.run(fit_and_die, kill, **where)
        assert status in (-signal.SIGKILL, -signal.SIGXFSZ)
        log = runs.load("one").log
        assert log.last >= n_epochs
        assert all(values == whole[key][: log.last] for key, values in log.history.items())
        n_epochs = log.last
    assert 0 < n_epochs < fits.EPOCHS
    assert children.run(fits.fit, "one", **where) == (0, whole)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"run.json", "history.jsonl", "last.keras", "best.keras", "lock"}


def search_and_die(folder, call):
    die_at(Path, "replace", call)
    fits.search(folder)


@pytest.mark.quick
def test_a_killed_search_repeats_no_completed_trial(tmp_path):
    completed = {}
    for call in (6, 9):
        assert children.run(search_and_die, tmp_path, call) == (-signal.SIGKILL, None)
        trials = search_file.read(tmp_path).trials
        results = {one.number: (one.score, one.seconds) for one in trials if not one.is_running}
        assert results.items() >= completed.items()
        completed = results
    assert 0 < len(completed) < fits.TRIALS
    assert children.run(fits.search, tmp_path) == (0, fits.TRIALS)
    trials = search_file.read(tmp_path).trials
    assert {one.number: (one.score, one.seconds) for one in trials}.items() >= completed.items()
    assert not list(tmp_path.rglob(f"{files.PARTIAL_PREFIX}*"))


def build_site(out, text, call=None, after=False):
    """Build a site with one page; empty text is an error of the build.

    Args:
        out: folder of the site.
        text: content of the page.
        call: number of the rename at which the process is killed; None for none.
        after: whether it is killed after the rename.
    """
    spec = importlib.util.spec_from_file_location("build", BUILD)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)

    def pages(arguments):
        target = Path(arguments[-1])
        target.mkdir()
        (target / "index.html").write_text(text)
        return not text

    build.catalog.available = dict
    build.build_main = pages
    build.write_reference = lambda folder: None
    if call:
        die_at(Path, "rename", call, after)
    return build.build(out).read_text()


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ["sphinx", "furo"])), reason="Sphinx is not installed"
)
@pytest.mark.parametrize(
    ("call", "after", "expected"),
    [(1, False, "old"), (1, True, None), (2, False, None), (2, True, "new")],
)
def test_a_site_is_the_old_or_the_new_one(tmp_path, call, after, expected):
    out, page = tmp_path / "site", tmp_path / "site" / "index.html"
    assert children.run(build_site, out, "old") == (0, "old")
    assert children.run(build_site, out, "new", call, after) == (-signal.SIGKILL, None)
    assert (page.read_text() if page.exists() else None) == expected
    _, error = children.run(build_site, out, "")  # a failed build changes nothing
    assert "each page must be without a fault" in error
    assert page.read_text() == (expected or "old")
    assert children.run(build_site, out, "newer") == (0, "newer")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


RUNNER = """
    import pathlib, sys
    from mlcourse import lectures
    from mlcourse.lectures import catalog

    catalog.folder = lambda: pathlib.Path(sys.argv[1])
    lectures.run("long", out=sys.argv[2])
"""


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_lecture_that_is_killed_leaves_its_old_page_and_no_kernel(shelf, tmp_path, cache):
    started = tmp_path / "started"
    note = f"import os, pathlib\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))"
    folder = shelf("long", note, f"import time\ntime.sleep({PATIENCE})").parent
    (tmp_path / "long.html").write_text("old")
    command = [sys.executable, "-c", textwrap.dedent(RUNNER), str(folder), str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ})
    while not (started.exists() and started.read_text()):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert (tmp_path / "long.html").read_text() == "old"
    deadline = time.monotonic() + PATIENCE
    while is_alive(started.read_text()):
        assert time.monotonic() < deadline, "the kernel is still running"
        time.sleep(0.1)
    shelf("long", "6 * 7")
    assert "42" in lectures.run("long", out=tmp_path).page.read_text("utf-8")
    assert not (tmp_path / "long.log").exists()
