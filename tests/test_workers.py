import os
import sys

import pytest

from mlcourse import workers
from mlcourse.workers import Team, WorkersFailed
from tests.test_processes import is_alive, open_files, wait_for


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Lets shell scripts run in the place of chief and workers."""

    def fake(chief="exec sleep 60", worker="exec sleep 60"):
        script = tmp_path / "fake"
        cases = f'case "$*" in *"--role chief") {chief};; *) {worker};; esac'
        script.write_text(f"#!/bin/sh\necho $$ >> {tmp_path}/pids\n{cases}\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))

    return fake


@pytest.fixture
def team(tmp_path):
    """Makes a team of a chief and workers, in `logs`."""
    made = []

    def team(count=1):
        logs = tmp_path / "logs"
        logs.mkdir()
        made.append(Team(["tune", "course"], logs, count))
        made[-1].start()
        return made[-1]

    yield team
    for one in made:
        one.__exit__()
    assert not any(map(is_alive, pids(tmp_path)))


def pids(folder):
    path = folder / "pids"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def look(team, ended=0):
    """Looks after a team until it is over, or fails."""
    wait_for(lambda: team.look_after(ended))


def test_a_search_is_over_when_its_chief_is(fake, tmp_path, capfd):
    fake(chief="sleep 0.3")
    workers.supervise(["tune", "course"], tmp_path / "a search", 2, 3)
    assert 1 <= len(pids(tmp_path)) <= 3  # a worker may not have come that far
    assert not any(map(is_alive, pids(tmp_path)))
    assert sorted(one.name for one in (tmp_path / "a search" / "logs").iterdir()) == [
        "chief.log",
        "worker-0.log",
        "worker-1.log",
    ]
    assert "starting" in capfd.readouterr().err


def test_each_process_is_told_who_it_is(fake, team, tmp_path):
    fake(chief='echo "$@"; exec sleep 60', worker='echo "$@"; exec sleep 60')
    team(2)
    logs = sorted((tmp_path / "logs").iterdir())
    wait_for(lambda: all(path.read_text().endswith("\n") for path in logs))
    said = [path.read_text() for path in logs]
    address = said[0].split("--chief ")[1].split()[0]
    common = f"-m mlcourse tune course --workers 2 --chief {address} --role"
    roles = ["chief", "worker --id 0", "worker --id 1"]
    assert said == [f"{common} {role}\n" for role in roles]
    assert address.startswith("127.0.0.1:")


def test_a_worker_that_is_killed_is_started_again(fake, team, tmp_path):
    fake()
    one = team()
    wait_for(lambda: len(pids(tmp_path)) == 2)
    for pid in pids(tmp_path):
        os.kill(pid, 9)  # the chief too
    wait_for(lambda: one.look_after(0) or len(pids(tmp_path)) == 4)


def test_a_worker_that_has_done_its_work_is_let_go(fake, team, tmp_path):
    fake(chief="sleep 1", worker="true")
    look(team(2))
    assert len(pids(tmp_path)) <= 3


@pytest.mark.parametrize(
    ("worker", "words"),
    [
        ("echo a; echo mlcourse: no memory; exit 1", r"no memory \(exit status 1; its log is .*\)"),
        ("kill -9 $$", r"it said nothing \(SIGKILL; its log is .*worker-0.log\)"),
    ],
)
def test_a_worker_that_dies_again_and_again_ends_it_all(fake, team, tmp_path, worker, words):
    fake(worker=worker)
    with pytest.raises(WorkersFailed, match=f"^worker-0 of the search failed: {words}$"):
        look(team())
    assert len(pids(tmp_path)) - workers.DEATHS in (1, 2)  # the other one may be slow


def test_deaths_before_a_trial_ended_do_not_count(fake, team, tmp_path):
    fake(worker="exit 1")
    one, starts = team(), 3 * workers.DEATHS
    for ended in range(starts):  # each death is followed by the end of a trial
        wait_for(lambda: one._processes[1].status() is not None)
        assert not one.look_after(ended)
    wait_for(lambda: len(pids(tmp_path)) == 2 + starts)


def test_the_deaths_of_one_are_not_those_of_another(fake, team):
    fake(worker="exit 1")
    one = team(4)
    for _ in range(workers.DEATHS):
        wait_for(lambda: all(process.status() is not None for process in one._processes[1:]))
        assert not one.look_after(0)  # 4 have died


def test_a_chief_that_ends_in_an_error_ends_it_at_once(fake, team, tmp_path):
    fake(chief="echo 'mlcourse: method must be one of a, b. Got c instead.'; exit 1")
    with pytest.raises(WorkersFailed, match=r"^chief of the search failed: method must be .* \(ex"):
        look(team(2))
    assert len(pids(tmp_path)) <= 3


def test_a_chief_that_is_killed_again_and_again_ends_it_too(fake, team, tmp_path):
    fake(chief="kill -9 $$")
    with pytest.raises(WorkersFailed, match=r"^chief of the search failed: it said nothing \(SIGK"):
        look(team())
    assert len(pids(tmp_path)) - workers.DEATHS in (1, 2)  # the other one may be slow


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whatever_ends_it_no_process_stays_behind(fake, tmp_path, monkeypatch, error):
    fake()

    def fail(team, ended):
        wait_for(lambda: len(pids(tmp_path)) == 3)
        raise error

    monkeypatch.setattr(Team, "look_after", fail)
    before = open_files()
    with pytest.raises(error):
        workers.supervise(["tune", "course"], tmp_path / "search", 2, 3)
    assert not any(map(is_alive, pids(tmp_path)))
    assert open_files() == before


def test_a_team_that_cannot_start_leaves_none_behind(fake, tmp_path):
    fake()
    (tmp_path / "search" / "logs" / "worker-1.log").mkdir(parents=True)
    with pytest.raises(OSError, match=r"worker-1\.log"):
        workers.supervise(["tune", "course"], tmp_path / "search", 2, 3)
    assert not any(map(is_alive, pids(tmp_path)))


def test_there_must_be_workers(tmp_path):
    with pytest.raises(ValueError, match=r"workers must be a whole number .* Got 0 instead"):
        workers.supervise(["tune", "course"], tmp_path / "search", 0, 3)
    assert not (tmp_path / "search").exists()
