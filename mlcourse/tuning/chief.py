"""One search on several machines: Keras Tuner's chief, which says what to try, and its workers.

They speak gRPC without encryption and without passwords: whoever reaches the chief's port can read
the search and report false scores. So it listens on this machine alone unless it is told otherwise.
"""

import contextlib
import json
import os
import time
from concurrent import futures
from functools import partial

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from mlcourse import addresses, checks, search_file
from mlcourse.tuning.search import lock

LOOK = 0.2  # seconds between two looks at the search
LONG = 600  # seconds after which a chief says, again and again, which trials run and where
FAREWELL = 3  # seconds in which workers that wait for a trial are told that there is none
SAME = 60  # seconds in which a network's folder shows a worker what its chief wrote
AGAIN = 2000  # milliseconds, at most, between two attempts to reach a chief that has gone
RETRIES = {  # of a call that was under way when the chief went
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.5s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
DEAD = "The chief at {} does not answer; waiting for it."
SAY = partial(print, flush=True)  # a log shows at once what is said


def serve(plan, address, workers, say=SAY):
    """Hands out a plan's trials to workers until all are over.

    Args:
        plan: a `Plan`.
        address: "HOST:PORT" to listen at.
        workers: how many there are, by the ids 0, 1, ...
        say: called with a line when something has changed.

    Raises:
        ValueError: if this machine cannot listen there, or the directory has another search by now.
        OSError: if the search cannot be kept; the same call goes on with it.
        SearchBusy: if another process is at that search.
    """
    with lock(plan.directory), _environment("chief", address):
        oracle = plan.tuner([worker_id(number) for number in range(workers)]).oracle
        if oracle.over():
            say(_status(plan))
            return
        with _listening(oracle, address) as servicer:
            news = _News(plan, oracle, say)
            while not (oracle.over() or servicer.stop_triggered):
                news.tell()
                time.sleep(LOOK)
            news.tell()
            time.sleep(FAREWELL)


def work(plan, address, number, say=SAY):
    """Runs the trials that a chief hands out, until there are none left.

    Args:
        plan: a `Plan`, the same as the chief's.
        address: the chief's, "HOST:PORT".
        number: which worker this is, from 0 on. One that comes back under the number of one that
            was killed is given its trial again.
        say: called with a line when the chief has gone.

    Raises:
        ValueError: if the search in the directory is not that of the plan, or there is none.
        ConnectionError: if the chief is gone for good.
    """
    with _environment(worker_id(number), address), _channel(plan, address, say) as channel:
        tuner = plan.tuner([])
        tuner.oracle.stub = protos.get_service_grpc().OracleStub(channel)
        try:
            tuner.oracle.get_space()  # once the chief answers, its search is in the directory
            _check_same(plan)
            tuner.search()
        except (grpc.RpcError, ValueError) as error:  # the latter from a channel that is closed
            if search_file.over(plan.directory, plan.trials):
                return
            if isinstance(error, ValueError):
                raise
            rule, why = "chief must be one that answers", error.details()
            raise ConnectionError(f"{rule}. Got {address!r} instead: {why}") from error


def worker_id(number):
    """Returns the id by which Keras Tuner knows a worker."""
    return f"worker{checks.integer('id', number, 0)}"


class _News:
    """Says how far a search is, when that changes, and which trials run for long, and where."""

    def __init__(self, plan, oracle, say):
        self._plan, self._oracle, self._say = plan, oracle, say
        self._said, self._since, self._due = "", {}, time.monotonic() + LONG

    def tell(self):
        """Says what is new."""
        now, status = time.monotonic(), _status(self._plan)
        if status != self._said:
            self._say(status)
            self._said = status
        running = [(who, one.trial_id) for who, one in [*self._oracle.ongoing_trials.items()]]
        self._since = {each: self._since.get(each, now) for each in running}
        if now > self._due:
            self._due = now + LONG
            for (who, trial), since in self._since.items():
                if now - since >= LONG:
                    minutes = f"{(now - since) / 60:.0f} min"
                    self._say(f"trial {int(trial)} has been running for {minutes}, by {who}")


def _status(plan):
    return search_file.read(plan.directory).status()


def _check_same(plan):
    """Raises unless the search in a worker's directory is the plan's."""
    until = time.monotonic() + SAME
    while not plan.begun:
        if time.monotonic() > until:
            rule = "directory must be the one that the chief keeps its search in"
            raise ValueError(f"{rule}. Got {str(plan.directory)!r} instead.")
        time.sleep(LOOK)
    plan.check_directory()


@contextlib.contextmanager
def _environment(tuner_id, address):
    """Sets the variables by which Keras Tuner tells a chief and its workers apart."""
    host, port = addresses.split(address)
    values = {"TUNER_ID": tuner_id, "ORACLE_IP": host, "ORACLE_PORT": str(port)}
    values = {f"KERASTUNER_{name}": value for name, value in values.items()}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _listening(oracle, address):
    """Answers workers' questions at an address, and returns who does."""
    server = grpc.server(futures.ThreadPoolExecutor(1), options=[("grpc.so_reuseport", 0)])
    servicer = OracleServicer(oracle)
    protos.get_service_grpc().add_OracleServicer_to_server(servicer, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError:
        rule = "chief must be an address of this machine with a port that is free"
        raise ValueError(f"{rule}. Got {address!r} instead.") from None
    server.start()
    try:
        yield servicer
    finally:
        server.stop(FAREWELL).wait()


@contextlib.contextmanager
def _channel(plan, address, say):
    """Opens a channel that comes back soon after its chief does, and says when that is gone.

    Where all trials are over, the chief will not come back, and the channel closes.
    """
    options = {
        "grpc.enable_http_proxy": 0,  # which a campus may have, and which knows no chiefs
        "grpc.max_reconnect_backoff_ms": AGAIN,
        "grpc.service_config": json.dumps(RETRIES),
    }
    lost = False

    def on_change(state):
        nonlocal lost
        is_failure = state is grpc.ChannelConnectivity.TRANSIENT_FAILURE
        if is_failure and search_file.over(plan.directory, plan.trials):
            channel.close()
        elif is_failure and not lost:
            say(DEAD.format(address))
        lost = is_failure or (lost and state is not grpc.ChannelConnectivity.READY)

    with grpc.insecure_channel(address, [*options.items()]) as channel:
        channel.subscribe(on_change)
        yield channel
