import errno
import functools
import os
import re
import socket
import threading
import time

import keras
import keras_tuner
import numpy as np
import pytest
from filelock import FileLock

from mlcourse import addresses, search_file
from mlcourse.tuning import chief
from mlcourse.tuning.oracles import KeptOracle
from mlcourse.tuning.plan import Plan
from mlcourse.tuning.tuner import Tuner

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 4)).astype("float32"), RNG.integers(0, 2, 32)

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:(currentThread|getName).* is deprecated:DeprecationWarning"),
]


def build(hp):
    units = hp.Int("units", 1, 64)
    layers = [keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential(layers)
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=["accuracy"], run_eagerly=True)  # eagerly: starts sooner
    return model


@pytest.fixture
def plan(tmp_path):
    """Makes plans of one search, each once: to look at data and model takes a while."""

    @functools.cache
    def plan(trials=3, folder="a search", shift=0, callbacks=()):
        data = {"train": (X[:24] + shift, Y[:24]), "validation": (X[24:], Y[24:])}
        options = {"epochs": 1, "batch_size": 8, "objective": "val_accuracy", "seed": 0}
        options |= {"callbacks": list(callbacks), "directory": tmp_path / folder}
        return Plan(build, data, "random", trials, **options)

    return plan


@pytest.fixture
def address():
    port, held = addresses.hold_port()
    with held:
        yield f"127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(chief, "FAREWELL", 1)
    monkeypatch.setattr("mlcourse.tuning.tuner.PAUSE", 0.1)
    yield
    for name in variables():  # a chief and a worker in one process may restore each other's
        del os.environ[name]


@pytest.fixture
def serving(plan, address):
    """Runs a chief in a thread."""
    threads = []

    def serving(trials=3, say=lambda line: None):
        arguments = (plan(trials), address, 1, say)
        threads.append(threading.Thread(target=chief.serve, args=arguments, daemon=True))
        threads[-1].start()
        addresses.knock(address, 20)
        return threads[-1]

    yield serving
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def run_trials(monkeypatch):
    """The numbers of the trials that were trained, as often as they were."""
    numbers, run = [], Tuner.run_trial

    def run_trial(tuner, trial):
        numbers.append(int(trial.trial_id))
        return run(tuner, trial)

    monkeypatch.setattr(Tuner, "run_trial", run_trial)
    return numbers


def variables():
    return {name: value for name, value in os.environ.items() if name.startswith("KERASTUNER")}


def oracle_of(plan, address, workers=1):
    """What a chief knows when it starts, or starts again."""
    with chief._environment("chief", address):
        return plan.tuner([chief.worker_id(number) for number in range(workers)]).oracle


def test_a_worker_runs_what_its_chief_hands_out(serving, plan, address, run_trials):
    said = []
    thread = serving(say=said.append)
    chief.work(plan(), address, 0)
    thread.join(60)
    assert run_trials == [0, 1, 2]
    found = search_file.read(plan().directory)
    assert [one.status for one in found.trials] == ["completed"] * 3
    assert said[0] == "0 of 3 trials"
    assert said[-1] == found.status()
    assert not variables()
    assert search_file.over(plan().directory, 3)
    assert not search_file.over(plan().directory, 4)
    assert not search_file.over(plan().directory / "none", 1)
    chief.serve(plan(), address, 1, said.append)  # in this thread: it returns at once
    assert said[-2:] == [found.status()] * 2


def test_a_chief_answers_on_its_own_machine_alone(serving, plan, address):
    serving(trials=1)
    _, port = addresses.split(address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_route:
        try:
            any_route.connect(("192.0.2.1", 9))  # sends nothing
            other = any_route.getsockname()[0]
        except OSError:
            other = "127.0.0.2"
    with pytest.raises(ConnectionError):
        addresses.knock(f"{other}:{port}", 0)
    chief.work(plan(1), address, 0)


@pytest.fixture
def fails_once(monkeypatch):
    """Lets one write of a search's file fail: the next one after the function is called."""
    write, due = search_file.write, []

    def fail(folder, state):
        if due:
            raise due.pop()
        write(folder, state)

    monkeypatch.setattr(search_file, "write", fail)
    return lambda: due.append(OSError(errno.ENOSPC, "No space left on device"))


def test_a_chief_without_room_ends_and_no_trial_counts_as_failed(
    plan, address, fails_once, monkeypatch
):
    update, raised = KeptOracle.update_trial, []

    def without_room(self, *arguments, **options):
        fails_once()
        return update(self, *arguments, **options)

    def serve():
        try:
            chief.serve(plan(2), address, 1, lambda line: None)
        except OSError as error:
            raised.append(error.strerror)

    monkeypatch.setattr(KeptOracle, "update_trial", without_room)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    addresses.knock(address, 20)
    with pytest.raises(ConnectionError, match="No space left on device"):
        chief.work(plan(2), address, 0)
    thread.join(60)
    assert raised == ["No space left on device"]
    assert [one.status for one in search_file.read(plan(2).directory).trials] == ["running"]


def test_what_was_not_kept_is_not_written_when_there_is_room_again(plan, address, fails_once):
    oracle = oracle_of(plan(), address)
    trial = oracle.create_trial("worker0")
    fails_once()
    for report in (oracle.save, lambda: reported(oracle, trial), oracle.save, oracle.over):
        with pytest.raises(OSError, match="No space left on device"):
            report()
    assert [one.status for one in search_file.read(plan().directory).trials] == ["running"]


def test_a_chief_whose_space_is_used_up_remembers_it(tmp_path, address):
    def small(hp):
        hp.Choice("units", [2])
        return build(keras_tuner.HyperParameters())

    data = {"train": (X[:24], Y[:24]), "validation": (X[24:], Y[24:])}
    plan = Plan(small, data, "random", 3, 1, 8, "val_accuracy", tmp_path / "small", 0, [])
    oracle = oracle_of(plan, address)
    trial = oracle.create_trial("worker0")
    reported(oracle, trial)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert oracle.create_trial("worker0").status == "STOPPED"
    assert oracle_of(plan, address).over()
    assert search_file.over(plan.directory, 3)


def test_a_chief_leaves_a_search_alone_that_another_process_began_meanwhile(plan, address):
    late = plan(shift=1)
    oracle_of(plan(), address)
    before = search_file.read_state(plan().directory)
    with pytest.raises(ValueError, match="was begun with another data"):
        chief.serve(late, address, 1)
    assert search_file.read_state(plan().directory) == before


def test_a_port_that_is_taken_is_an_error(plan):
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = f"127.0.0.1:{server.getsockname()[1]}"
        rule = "chief must be an address of this machine with a port that is free"
        with pytest.raises(ValueError, match=rf"{rule}\. Got '{taken}' instead\."):
            chief.serve(plan(), taken, 1)
    with FileLock(plan().directory / "lock", timeout=0):  # and the directory is free
        assert not variables()


def test_a_host_that_is_not_this_machine_is_an_error(plan):
    with pytest.raises(ValueError, match="chief must be an address of this machine"):
        chief.serve(plan(), "192.0.2.1:9000", 1)


def test_variables_are_left_as_they_were(plan, monkeypatch):
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "mine")
    with pytest.raises(ValueError, match="HOST:PORT"):
        chief.serve(plan(), "9000", 1)
    with (
        pytest.raises(RuntimeError, match="on purpose"),
        chief._environment("worker1", "[::1]:9000"),
    ):
        assert variables() == {
            "KERASTUNER_TUNER_ID": "worker1",
            "KERASTUNER_ORACLE_IP": "::1",
            "KERASTUNER_ORACLE_PORT": "9000",
        }
        raise RuntimeError("on purpose")
    assert variables() == {"KERASTUNER_TUNER_ID": "mine"}


def test_a_worker_must_have_its_chiefs_search(serving, plan, address, tmp_path, monkeypatch):
    monkeypatch.setattr(chief, "SAME", 0.3)
    mine, elsewhere = plan(1, shift=1), plan(1, "elsewhere")  # before the chief's begins
    serving(trials=1)
    with pytest.raises(ValueError, match="was begun with another data"):
        chief.work(mine, address, 0)
    rule = "directory must be the one that the chief keeps its search in"
    with pytest.raises(ValueError, match=rf"{rule}\. Got '{tmp_path / 'elsewhere'}' instead"):
        chief.work(elsewhere, address, 0)
    assert variables()["KERASTUNER_TUNER_ID"] == "chief"  # of the thread, as before
    chief.work(plan(1), address, 0)


def test_no_proxy_stands_between_a_worker_and_its_chief(serving, plan, address, monkeypatch):
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    serving(trials=1)
    chief.work(plan(1), address, 0)


def test_a_worker_that_comes_too_late_does_not_wait(serving, plan, address, monkeypatch):
    monkeypatch.setattr(chief, "FAREWELL", 0)
    late = plan(1)
    with chief._environment("worker0", address):  # it has asked for nothing yet
        tuner = late.tuner([])
    serving(trials=1)
    chief.work(plan(1), address, 0)
    begin = time.monotonic()
    chief.work(late, address, 1)
    assert time.monotonic() - begin < 20
    assert tuner._is_worker() is False  # of this process's variables none is left


def test_a_chief_that_is_gone_is_said_once_and_in_one_line(plan, address, monkeypatch):
    monkeypatch.setattr("keras_tuner.src.distribute.oracle_client.TIMEOUT", 2)
    said = []
    rule = rf"chief must be one that answers\. Got '{address}' instead: [^\n]+$"
    with pytest.raises(ConnectionError, match=rule):
        chief.work(plan(), address, 0, said.append)
    assert said == [f"The chief at {address} does not answer; waiting for it."]


def test_a_trial_that_ends_while_its_chief_is_away_counts(plan, address, run_trials):
    said, started, may_end = [], threading.Event(), threading.Event()

    class Waits(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            started.set()
            assert may_end.wait(60)

        def __deepcopy__(self, memo):
            return self

    worker = plan(2, callbacks=(Waits(),))
    thread = threading.Thread(target=chief.work, args=(worker, address, 0, said.append))
    with chief._listening(oracle_of(plan(2), address), address):
        thread.start()
        assert started.wait(60)
    again = oracle_of(plan(2), address)
    assert [one.trial_id for one in again.ongoing_trials.values()] == ["0"]
    with chief._listening(again, address):
        may_end.set()
        thread.join(60)
    assert not thread.is_alive()
    assert run_trials == [0, 1]
    assert again.over()


def test_a_chief_says_which_trials_run_for_long(plan, address, monkeypatch):
    said, oracle = [], oracle_of(plan(), address)
    news = chief._News(plan(), oracle, said.append)
    news.tell()
    oracle.create_trial("worker4")
    news.tell()
    news.tell()
    assert said == ["0 of 3 trials"]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.02 * chief.LONG)
    news.tell()
    news.tell()
    assert said[1:] == ["trial 0 has been running for 10 min, by worker4"]
    monkeypatch.setattr(time, "monotonic", lambda: now + 2.1 * chief.LONG)
    news.tell()
    assert said[2:] == ["trial 0 has been running for 21 min, by worker4"]


def reported(oracle, trial, score=0.5):
    oracle.update_trial(trial.trial_id, {"val_accuracy": score})


def test_a_trial_without_a_worker_outlives_a_chief_that_hands_out_nothing(plan, address):
    trial = oracle_of(plan(), address, 2).create_trial("worker1")
    for workers in (1, 1, 1):  # a chief of one worker, killed before that asks
        oracle = oracle_of(plan(), address, workers)
    assert oracle.create_trial("worker0").trial_id == trial.trial_id
    assert oracle.create_trial("worker0").trial_id == trial.trial_id


def test_a_report_outlives_a_chief_that_is_killed_before_the_trials_end(plan, address):
    oracle = oracle_of(plan(), address)
    trial = oracle.create_trial("worker0")
    reported(oracle, trial)
    again = oracle_of(plan(), address)
    trial.status = "COMPLETED"
    again.end_trial(trial)
    assert search_file.read(plan().directory).trials[0].score == 0.5


def test_an_end_that_is_told_twice_counts_once(plan, address):
    oracle = oracle_of(plan(), address)
    trial = oracle.create_trial("worker0")
    reported(oracle, trial)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    before = search_file.read_state(plan().directory)
    reported(oracle, trial, 0.9)
    oracle.end_trial(trial)
    again = oracle_of(plan(), address)
    reported(again, trial, 0.9)
    again.end_trial(trial)
    after = search_file.read_state(plan().directory)
    assert after["oracle"]["end_order"] == before["oracle"]["end_order"] == ["0"]
    assert search_file.read(plan().directory).trials[0].score == 0.5


def test_a_worker_too_many_may_still_bring_what_it_has_trained(plan, address):
    trial = oracle_of(plan(1), address, 2).create_trial("worker1")
    oracle = oracle_of(plan(1), address, 1)
    reported(oracle, trial)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert oracle.over()
    assert oracle.create_trial("worker0").status == "STOPPED"


def test_a_worker_has_a_number():
    assert chief.worker_id(3) == "worker3"
    for wrong in (-1, 1.5, "0", None):
        with pytest.raises(ValueError, match=rf"id must be .* Got {re.escape(repr(wrong))}"):
            chief.worker_id(wrong)
