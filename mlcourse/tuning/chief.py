"""One search on several machines: Keras Tuner's chief, which says what to try, and its workers.

They speak gRPC without encryption and without passwords: whoever reaches the chief's port can read
the search and report false scores. So it listens on this machine alone unless it is told otherwise.
"""

import contextlib
import os
import socket
import time
from concurrent import futures

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from mlcourse import checks, search_file
from mlcourse.tuning.search import lock

LOOK = 0.2  # seconds between two looks at the search
FAREWELL = 3  # seconds in which workers that wait for a trial are told that there is none
AGAIN = 2000  # milliseconds, at most, between two attempts to reach a chief that has gone
DEAD = "The chief at {} does not answer; waiting for it to come back."


def serve(plan, address, workers, say=print):
    """Hands out a plan's trials to workers until all are over.

    Args:
        plan: a `Plan`.
        address: "HOST:PORT" to listen at.
        workers: how many there are, by the ids 0, 1, ...
        say: called with a line when something has changed.

    Raises:
        ValueError: if this machine cannot listen there.
        RuntimeError: if another process is at that search.
    """
    with lock(plan.directory), _environment("chief", address):
        oracle = plan.tuner([worker_id(number) for number in range(workers)]).oracle
        server = grpc.server(futures.ThreadPoolExecutor(1), options=[("grpc.so_reuseport", 0)])
        servicer = OracleServicer(oracle)
        protos.get_service_grpc().add_OracleServicer_to_server(servicer, server)
        try:
            server.add_insecure_port(address)
        except RuntimeError:
            rule = "chief must be an address of this machine with a port that is free"
            raise ValueError(f"{rule}. Got {address!r} instead.") from None
        server.start()
        said = ""
        while not (servicer.stop_triggered or oracle.over()):
            time.sleep(LOOK)
            now = search_file.read(plan.directory).status()
            if now != said:
                say(now)
                said = now
        time.sleep(FAREWELL)
        server.stop(FAREWELL).wait()


def work(plan, address, number):
    """Runs the trials that a chief hands out, until there are none left.

    Args:
        plan: a `Plan`, the same as the chief's.
        address: the chief's, "HOST:PORT".
        number: which worker this is, from 0 on. One that comes back under the number of one that
            was killed is given its trial again.
    """
    with _environment(worker_id(number), address):
        tuner = plan.tuner([])
        tuner.oracle.stub = protos.get_service_grpc().OracleStub(_channel(address))
        tuner.search()


def knock(address, patience):
    """Returns once something answers at an address.

    Raises:
        ConnectionError: if nothing does within so many seconds.
    """
    host, port = split(address)
    until = time.monotonic() + patience
    while True:
        try:
            with socket.create_connection((host, port), timeout=max(0.1, until - time.monotonic())):
                return
        except OSError as error:
            if time.monotonic() + LOOK > until:
                rule = f"chief must be one that answers within {patience:g} s"
                raise ConnectionError(f"{rule}. Got {address!r} instead: {error}") from error
        time.sleep(LOOK)


def split(address):
    """Returns host and port of "HOST:PORT"; raises ValueError for anything else.

    >>> split("127.0.0.1:9000")
    ('127.0.0.1', 9000)
    """
    host, colon, port = str(address).rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        rule = "chief must be HOST:PORT, such as 127.0.0.1:9000"
        raise ValueError(f"{rule}. Got {address!r} instead.")
    return host.strip("[]"), int(port)


def worker_id(number):
    """Returns the id by which Keras Tuner knows a worker."""
    return f"worker{checks.integer('id', number, 0)}"


@contextlib.contextmanager
def _environment(tuner_id, address):
    """Sets the variables by which Keras Tuner tells a chief and its workers apart."""
    host, port = split(address)
    values = {"TUNER_ID": tuner_id, "ORACLE_IP": host, "ORACLE_PORT": str(port)}
    os.environ.update({f"KERASTUNER_{name}": value for name, value in values.items()})
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(f"KERASTUNER_{name}", None)


def _channel(address):
    """Returns a channel that comes back soon after its chief does, and says when that is gone."""
    channel = grpc.insecure_channel(address, [("grpc.max_reconnect_backoff_ms", AGAIN)])
    lost = grpc.ChannelConnectivity.TRANSIENT_FAILURE
    channel.subscribe(lambda state: state is lost and print(DEAD.format(address), flush=True))
    return channel
