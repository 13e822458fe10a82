"""Where a chief listens: HOST:PORT, read and knocked at."""

import re
import socket
import sys
import time

HOST_PORT = re.compile(r"(\[[^\[\]\s]+\]|[^:\[\]\s]+):([0-9]{1,5})")  # IPv6 in brackets
PAUSE = 0.2  # seconds between two attempts
ATTEMPT = 2  # seconds that one attempt may take: where nothing answers, it would be minutes


def split(address):
    """Returns host and port of "HOST:PORT"; raises ValueError for anything else.

    >>> split("127.0.0.1:9000")
    ('127.0.0.1', 9000)
    """
    found = HOST_PORT.fullmatch(str(address))
    if not (found and 0 < int(found[2]) < 65536):
        rule = "chief must be HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000"
        raise ValueError(f"{rule}. Got {address!r} instead.")
    return found[1].strip("[]"), int(found[2])


def knock(address, patience):
    """Returns once something answers at an address.

    Raises:
        ValueError: if that is no address.
        ConnectionError: if nothing answers within so many seconds.
    """
    where, until = split(address), time.monotonic() + patience
    while True:
        left = max(PAUSE, until - time.monotonic())
        try:
            with socket.create_connection(where, timeout=min(ATTEMPT, left)):
                return
        except OSError as error:
            if time.monotonic() + PAUSE > until:
                rule = f"chief must be one that answers within {patience:g} s"
                raise ConnectionError(f"{rule}. Got {address!r} instead: {error}") from error
        time.sleep(PAUSE)


def hold_port():
    """Returns a free port of this machine, and a socket that holds it for one server.

    Until the socket is closed, the server can bind the port as long as nobody listens there, and
    the system gives it to no one else, not even while the server is started again. Where a system
    has no such thing, the port is let go of at once.
    """
    held = socket.socket()
    if sys.platform == "linux":
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    if sys.platform != "linux":
        held.close()
    return port, held
