import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlcourse import processes
from mlcourse.processes import Process, share

LONG = ["sleep", "60"]


@pytest.fixture
def make(tmp_path):
    """Makes processes, and ends them after the test."""
    made = []

    def make(command, cores=None):
        cores = cores or processes.all_cores()
        made.append(Process("one", command, tmp_path / "one.log", cores))
        return made[-1]

    yield make
    for process in made:
        process.stop()


def shell(text):
    return ["sh", "-c", text]


def wait_for(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.02)


def ended(process):
    wait_for(lambda: process.status() is not None)
    return process.status()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def open_files():
    """How many files this process has open, where that can be counted."""
    folder = Path("/proc/self/fd")
    return len([*folder.iterdir()]) if folder.is_dir() else 0


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("cores", [[0], [2, 5], [0, 1, 2], [0, 1, 2, 3]])
def test_each_has_its_share_of_the_cores(count, cores):
    shares = [share(number, count, cores) for number in range(count)]
    assert all(shares)
    assert {core for one in shares for core in one} == set(cores)
    lengths = [len(one) for one in shares]
    assert max(lengths) - min(lengths) <= 1
    assert sum(lengths) == max(count, len(cores))  # none has a core of another's, if there are more


def test_a_process_runs_on_its_cores(make, tmp_path):
    everything = processes.all_cores()
    code = "import os; print(os.sched_getaffinity(0), os.environ['OMP_NUM_THREADS'])"
    process = make([sys.executable, "-c", code], everything[-1:])
    process.start()
    assert ended(process) == 0
    if hasattr(os, "sched_getaffinity"):
        assert (tmp_path / "one.log").read_text() == f"{{{everything[-1]}}} 1\n"
    assert processes.all_cores() == everything


def test_where_a_system_binds_no_process_to_cores(make, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert processes.all_cores() == list(range(os.cpu_count()))
    process = make(["true"])
    process.start()
    assert ended(process) == 0


def test_cores_are_given_back_if_a_command_cannot_start(make):
    everything = processes.all_cores()
    with pytest.raises(FileNotFoundError):
        make(["no-such-command"], everything[:1]).start()
    assert processes.all_cores() == everything


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo one; echo 'mlcourse: two  '; exit 3", "two (exit status 3; its log is "),
        ("exit 1", "it said nothing (exit status 1; its log is "),
        ("echo so far >&2; kill -9 $$", "so far (SIGKILL; its log is "),
        (r"printf 'a\377b\n\n'; exit 1", "a\N{REPLACEMENT CHARACTER}b (exit status 1; its log is "),
    ],
)
def test_the_last_words_are_those_of_this_life(make, tmp_path, command, words):
    log = tmp_path / "one.log"
    log.write_text("mlcourse: of an earlier run\n")
    process = make(shell(command))
    for _ in range(2):
        process.start()
        assert ended(process) != 0
        assert process.last_words() == f"{words}{log})"
    assert log.read_text(errors="replace").startswith("mlcourse: of an earlier run\n")


def test_a_process_that_is_stopped_leaves_nothing(make):
    before = open_files()
    process = make(LONG)
    process.stop()  # before it was started
    pids = []
    for _ in range(3):  # starting it again ends the one before
        process.start()
        pids.append(process._running.pid)
    process.stop()
    process.stop()
    assert not any(map(is_alive, pids))  # not even as a zombie
    assert open_files() == before


def test_a_process_that_does_not_listen_is_killed(make, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    process = make(shell("trap '' TERM; echo ready; while true; do sleep 0.1; done"))
    process.start()
    wait_for(lambda: "ready" in (tmp_path / "one.log").read_text())
    pid = process._running.pid
    process.stop()
    assert not is_alive(pid)


WATCHED = """
import time
from mlcourse import processes
processes.watch_keeper()
print("ready", flush=True)
time.sleep(60)
"""
KEEPER = """
import os, sys, time
from pathlib import Path
from mlcourse.processes import Process
command, cores = [sys.executable, "-c", sys.argv[1]], os.sched_getaffinity(0)
process = Process("one", command, Path(sys.argv[2]), cores)
process.start()
print(process._running.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="written for Linux")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_process_goes_when_its_keeper_has_gone(tmp_path, how):
    log = tmp_path / "one.log"
    command = [sys.executable, "-c", KEEPER, WATCHED, str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        pid = int(keeper.stdout.readline())
        wait_for(lambda: log.exists() and "ready" in log.read_text())
        keeper.send_signal(how)
    wait_for(lambda: not is_running(pid))


def is_running(pid):
    """Whether a process that is nobody's child any more still runs."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_one_that_nobody_looks_after_watches_nobody(monkeypatch):
    monkeypatch.delenv(processes.SUPERVISED, raising=False)
    code = "from mlcourse import processes; import time; processes.watch_keeper(); time.sleep(0.3)"
    subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, check=True)
