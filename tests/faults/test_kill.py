"""Processes that are killed, at each moment of a write, and what they leave."""

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
    "before it is on the disk": (lambda: die_at(files, "to_disk"), signal.SIGKILL, "old"),
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
    shown = {path.name for path in tmp_path.iterdir() if not path.name.startswith(files.PART)}
    assert shown == {name, "other"}


KILLS = [  # of a fit: a part's bytes, or which rename, and whether after it
    lambda: die_at_byte(5_000),
    lambda: die_at(Path, "replace", 3),
    lambda: die_at(Path, "replace", 3, after=True),
    lambda: die_at(files, "append_line", 2),
]


def fit_and_die(kill):
    KILLS[kill]()
    fits.fit("one")


def test_a_fit_that_is_killed_goes_on_after_its_last_whole_epoch(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    _, whole = children.run(fits.fit, "whole", **where)
    known = 0
    for kill in range(len(KILLS)):
        status, _ = children.run(fit_and_die, kill, **where)
        assert status in (-signal.SIGKILL, -signal.SIGXFSZ)
        now = runs.load("one").log
        assert now.last >= known
        assert all(values == whole[key][: now.last] for key, values in now.history.items())
        known = now.last
    assert 0 < known < fits.EPOCHS
    assert children.run(fits.fit, "one", **where) == (0, whole)
    kept = {path.name for path in (tmp_path / "one").iterdir()}
    assert kept == {"run.json", "history.jsonl", "last.keras", "best.keras", "lock"}


def search_and_die(folder, call):
    die_at(Path, "replace", call)
    fits.search(folder)


def test_a_search_that_is_killed_runs_no_trial_again(tmp_path):
    ended = {}
    for call in (6, 9):
        assert children.run(search_and_die, tmp_path, call) == (-signal.SIGKILL, None)
        trials = search_file.read(tmp_path).trials
        now = {one.number: (one.score, one.seconds) for one in trials if not one.runs}
        assert now.items() >= ended.items()
        ended = now
    assert 0 < len(ended) < fits.TRIALS
    assert children.run(fits.search, tmp_path) == (0, fits.TRIALS)
    trials = search_file.read(tmp_path).trials
    assert {one.number: (one.score, one.seconds) for one in trials}.items() >= ended.items()
    assert not list(tmp_path.rglob(f"{files.PART}*"))


def build_site(out, text, call=None, after=False):
    """Builds a site of one line; is killed at a rename, or has a fault if there is no text."""
    spec = importlib.util.spec_from_file_location("build", BUILD)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)

    def pages(arguments):
        target = Path(arguments[-1])
        target.mkdir()
        (target / "index.html").write_text(text)
        return not text

    build.catalog.available, build.build_main = dict, pages
    build.write_reference = lambda folder: None
    if call:
        die_at(Path, "rename", call, after)
    return build.build(out).read_text()


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ["sphinx", "furo"])), reason="Sphinx is not installed"
)
@pytest.mark.parametrize(
    ("call", "after", "there"),
    [(1, False, "old"), (1, True, None), (2, False, None), (2, True, "new")],
)
def test_a_site_is_the_old_or_the_new_one(tmp_path, call, after, there):
    out, page = tmp_path / "site", tmp_path / "site" / "index.html"
    assert children.run(build_site, out, "old") == (0, "old")
    assert children.run(build_site, out, "new", call, after) == (-signal.SIGKILL, None)
    assert (page.read_text() if page.exists() else None) == there
    _, said = children.run(build_site, out, "")  # a build with a fault changes nothing
    assert "each page must be without a fault" in said
    assert page.read_text() == (there or "old")
    assert children.run(build_site, out, "newer") == (0, "newer")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


RUNNER = """
    import pathlib, sys
    from mlcourse import lectures
    from mlcourse.lectures import catalog

    catalog.folder = lambda: pathlib.Path(sys.argv[1])
    lectures.run("long", out=sys.argv[2])
"""


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes as Linux does")
def test_a_lecture_that_is_killed_leaves_its_old_page_and_no_kernel(shelf, tmp_path, cache):
    begun = tmp_path / "begun"
    note = f"import os, pathlib\npathlib.Path({str(begun)!r}).write_text(str(os.getpid()))"
    folder = shelf("long", note, f"import time\ntime.sleep({PATIENCE})").parent
    (tmp_path / "long.html").write_text("old")
    command = [sys.executable, "-c", textwrap.dedent(RUNNER), str(folder), str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ})
    while not (begun.exists() and begun.read_text()):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert (tmp_path / "long.html").read_text() == "old"
    deadline = time.monotonic() + PATIENCE
    while alive(begun.read_text()):
        assert time.monotonic() < deadline, "the kernel stayed behind"
        time.sleep(0.1)
    shelf("long", "6 * 7")
    assert "42" in lectures.run("long", out=tmp_path).page.read_text("utf-8")
    assert not (tmp_path / "long.log").exists()
