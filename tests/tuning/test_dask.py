"""Searches and ablations on Dask clusters of real processes, some of which are killed."""

import mmap
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from functools import partial

import keras
import numpy as np
import psutil
import pytest

pytest.importorskip("distributed")


from distributed import Client

from benchmarks.lab import Lab
from mlcourse import tuning
from mlcourse._core.task_process import Killed
from mlcourse.tuning import dask_pool, pools

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*"),
]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(20_000, 3)).astype("float32")  # large enough for a file of its own
Y = (X[:, 0] > 0).astype(int)
DATA = {"train": (X[:19_900], Y[:19_900]), "validation": (X[19_900:], Y[19_900:])}


def network(units=4, rate=0.1):
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return model


def build(hp):
    return network(hp.Int("units", 2, 9), hp.Choice("learning_rate", [0.1, 0.01]))


def search(**options):
    options = {"epochs": 2, "batch_size": 1000, "trials": 4, **options}
    return tuning.search(build, DATA, options.pop("method", "random"), **options).trials


def told(found):
    return [(one.number, one.values, one.status, one.score) for one in found.trials]


def work(array, task, tell):
    """Run a task without a fit."""
    tell([os.getpid(), os.getppid()])
    if task == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "error":
        raise ZeroDivisionError("on purpose")
    if task == "wait":
        time.sleep(3)
    return task, float(array.sum()), is_mapped(array)


def is_mapped(array):
    """Return whether an array is mapped from a file."""
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


@pytest.fixture(scope="module")
def client():
    with pools.connect(2) as client:
        yield client


@pytest.fixture
def light(monkeypatch):
    """Let child processes start without Keras."""
    monkeypatch.setattr(dask_pool.devices, "configure", time.time)


STRANGER = """
import os, sys
import distributed

if os.getuid() == 0:
    os.setuid(65534)
for address in sys.argv[1:]:
    try:
        print(distributed.Client(address, timeout=5).submit(os.getuid).result())
    except Exception:
        print("refused")
"""


def has_ended(pid):
    """Return whether a process has ended or is a zombie."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.05)
    return found


def run_all(client, tasks, on_news=lambda key, news: None):
    """Return the results of tasks by key; fail if one is told twice."""
    results, todo = {}, [*enumerate(tasks)]

    def tell(key, result):
        assert key not in results
        results[key] = result

    pools.run(client, partial(work, X), lambda: todo.pop(0) if todo else None, tell, on_news)
    return results


@pytest.mark.parametrize("is_local", [True, False])  # shared files, or files sent to the workers
def test_tasks_run_in_child_processes_that_may_be_killed(client, light, is_local):
    news = []
    with (
        nullcontext(client)
        if is_local
        else Client(client.scheduler.address, security=client.security) as one
    ):
        found = run_all(one, ["a", "kill", "b"], lambda *one: news.append(one))
        assert found[0] == ("a", pytest.approx(float(X.sum())), True)
        assert found[2] == ("b", pytest.approx(float(X.sum())), True)
        assert isinstance(found[1], Killed)
        assert "perhaps for lack of memory (SIGKILL, 2 times)" in str(found[1])
        assert sorted(key for key, _ in news) == [0, 1, 1, 2]
        assert {parent for _, (_, parent) in news} <= set(client.run(os.getpid).values())
        with pytest.raises(ZeroDivisionError, match="on purpose"):
            run_all(one, ["error"])
    children = {pid for _, (pid, _) in news}
    wait_for(lambda: all(map(has_ended, children)))  # with the pool


def test_a_task_whose_worker_is_killed_runs_again(client, light):
    seen = []

    def kill_once(key, news):
        if not seen:
            os.kill(news[1], signal.SIGKILL)
        seen.append(news)

    assert run_all(client, ["wait"], kill_once)[0][0] == "wait"
    assert len({parent for _, parent in seen}) == 2
    wait_for(lambda: has_ended(seen[0][0]))  # the child does not outlive its worker
    wait_for(lambda: len(client.nthreads()) == 2)


def test_only_this_machine_and_only_this_user_can_connect(client):
    me = psutil.Process()
    pids = {me.pid, *(one.pid for one in me.children(recursive=True))}
    listening = [one for one in psutil.net_connections("inet") if one.status == "LISTEN"]
    assert {one.laddr.ip for one in listening if one.pid in pids} == {"127.0.0.1"}
    address = client.scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    tcp = address.replace("tls", "tcp")
    command = [sys.executable, "-c", STRANGER, address, tcp]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "refused\nrefused\n"


@pytest.mark.parametrize("method", ["random", "hyperband"])
def test_a_search_on_workers_is_that_of_one_process(client, tmp_path, method):
    options = {"trials": 4, "epochs": 2, "batch_size": 1000}
    result = tuning.search(build, DATA, method, directory=tmp_path, client=client, **options)
    found = result.trials
    if method == "random":  # Hyperband depends on the order of results
        assert told(found) == told(search())
    assert all(one.is_scored for one in found.trials)
    _, accuracy = result.best_model().evaluate(*DATA["validation"], verbose=0)
    assert accuracy == pytest.approx(found.best.score)
    loaded = client.run(lambda: sorted(sys.modules))
    assert not any({"keras", "tensorflow"} & set(one) for one in loaded.values())


def test_an_ablation_on_workers_is_that_of_one_process(client):
    options = {"epochs": 2, "batch_size": 1000, "repeats": 2}
    variants = {"wide": {"units": 9}}
    found, expected = (
        tuning.ablation(network, variants, DATA, client=one, **options) for one in (client, None)
    )
    values = [
        sorted((one.variant, one.repeat, *one.values.items()) for one in table.fits)
        for table in (found, expected)
    ]
    assert values[0] == values[1]


def test_the_searches_of_scikit_learn_use_the_workers(client):
    import joblib
    from sklearn.model_selection import GridSearchCV

    wrapped = tuning.classifier(network, epochs=1, verbose=0, batch_size=500)
    with joblib.parallel_config("dask"):
        found = GridSearchCV(wrapped, {"units": [2, 3]}, cv=2).fit(X[:1000], Y[:1000])
    assert found.best_params_["units"] in (2, 3)


def test_what_cannot_be_pickled_is_an_error_before_the_first_trial(client):
    lock = threading.Lock()

    def held(hp):
        with lock:
            return build(hp)

    with pytest.raises(ValueError, match="must be picklable by cloudpickle"):
        tuning.search(held, DATA, trials=1, batch_size=1000, client=client)


class Hold(keras.callbacks.Callback):
    """Note the worker and the settings of a fit, and wait in its first epoch for a file."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs=None):
        with (self.folder / "begun").open("a") as file:
            file.write(f"{os.getppid()} {self.model.layers[0].units}\n")

    def on_epoch_begin(self, epoch, logs=None):
        wait_for((self.folder / "go").exists)


def test_a_trial_whose_worker_is_killed_runs_again_under_its_number(client, tmp_path):
    def begun():
        path = tmp_path / "begun"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def kill_a_worker():
        wait_for(lambda: len(begun()) == 2)
        os.kill(int(begun()[0][0]), signal.SIGKILL)
        (tmp_path / "go").touch()

    thread = threading.Thread(target=kill_a_worker)
    thread.start()
    options = {"trials": 3, "directory": tmp_path / "search"}
    found = search(client=client, callbacks=[Hold(tmp_path)], **options)
    thread.join()
    assert told(found) == told(search(trials=3))
    assert [one.number for one in found.trials] == [0, 1, 2]
    workers, units = zip(*begun(), strict=True)
    assert len(units) == 4  # each trial once, and the killed one again
    assert workers.count(workers[0]) == 1  # it was killed; the others ran its trial again


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "TIMEOUT", 300)  # seconds, for a busy machine
    with Lab(tmp_path / "lab") as lab:
        yield lab


def test_a_scheduler_and_workers_started_by_hand_serve_a_search_and_an_ablation(
    lab, tmp_path, monkeypatch
):
    lab.scheduler()
    nanny, _ = lab.worker(), lab.worker()
    killed = []

    def kill_nanny():
        wait_for(lambda: (tmp_path / "s" / "trial_0").exists())
        nanny.kill()
        killed.append(nanny.wait())

    with lab.configured(), pools.connect(scheduler=lab.address) as client:
        client.wait_for_workers(2, timeout=120)
        thread = threading.Thread(target=kill_nanny)
        thread.start()
        found = search(directory=tmp_path / "s", client=client)
        thread.join()
        assert killed == [-signal.SIGKILL]
        assert told(found) == told(search())
        loaded = client.run_on_scheduler(lambda: sorted(sys.modules))
        assert not {"keras", "tensorflow", "jax", "torch"} & set(loaded)
        table = tuning.ablation(network, {}, DATA, epochs=1, repeats=1, client=client)
        assert len(table.fits) == 1
    monkeypatch.setattr(pools, "TIMEOUT", 10)
    for certificates in (Lab(tmp_path / "other").configured(), nullcontext()):
        strange = pools.connect(scheduler=lab.address)
        refused = pytest.raises(ConnectionError, match="scheduler must reply")
        with certificates, refused, strange:
            pass


def test_the_late_result_of_a_worker_that_was_given_up_is_not_counted(lab, light):
    """Stop a worker; its child ends the task meanwhile, and another worker runs it again."""
    lab.scheduler(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="10s")
    stopped = lab.worker("--no-nanny")
    seen = []

    def stop_and_wake(key, news):
        seen.append((key, news[1]))
        if len(seen) == 1:
            stopped.send_signal(signal.SIGSTOP)
            lab.worker("--no-nanny")
        if key == 1:  # task 0 has ended
            stopped.send_signal(signal.SIGCONT)
            stopped.wait(300)  # it reports its result in vain

    with lab.configured(), pools.connect(scheduler=lab.address) as client:
        client.wait_for_workers(1, timeout=120)
        found = run_all(client, ["wait", "a", "b"], stop_and_wake)
    assert [found[key][0] for key in range(3)] == ["wait", "a", "b"]
    assert [key for key, _ in seen] == [0, 0, 1, 2]
    assert seen[0][1] != seen[1][1]


def test_a_scheduler_that_is_killed_may_come_back(lab, light):
    scheduler, worker = lab.scheduler(), lab.worker()
    seen = []

    def replace(key, news):
        seen.append(key)
        if len(seen) == 1:
            scheduler.kill()
            scheduler.wait()
            worker.kill()
            lab.scheduler()
            lab.worker()

    with lab.configured(), pools.connect(scheduler=lab.address) as client:
        client.wait_for_workers(1, timeout=120)
        found = run_all(client, ["wait", "a"], replace)
    assert [found[key][0] for key in range(2)] == ["wait", "a"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([None, "here:1"], "scheduler must be tcp://HOST:PORT or tls://HOST:PORT. Got 'here:1' in"),
        ([2, "tcp://here:1"], "scheduler must not be given together with workers. Got 'tcp://here"),
        ([0], "workers must be a whole number of at least 1. Got 0 instead."),
    ],
)
def test_workers_and_addresses_are_checked(arguments, words):
    with pytest.raises(ValueError) as caught, pools.connect(*arguments):
        pass
    assert str(caught.value).startswith(words)


def test_without_dask_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = r'distributed must be installed .* \(pip install "mlcourse\[cluster\]"\)\. Got no such'
    with pytest.raises(ValueError, match=words), pools.connect(2):
        pass
