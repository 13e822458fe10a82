import socket
import sys
import threading
import time

import pytest

from mlcourse import addresses


@pytest.fixture
def closed():
    """A port of this machine at which nothing answers."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("tune-chief:1", ("tune-chief", 1)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_an_address_has_a_host_and_a_port(address, parts):
    assert addresses.split(address) == parts


@pytest.mark.parametrize(
    "address",
    [
        *("", "9000", "host", "host:", ":9000", "host:0", "host:65536", "host:9e3", "host:²", None),
        *("::1:9000", "http://host:9000", "[::1]", "a host:9000", "[]:9000", "host:9000\n"),
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r"chief must be HOST:PORT, such as .*Got .* instead\."):
        addresses.split(address)


def test_where_nothing_answers_it_is_said_in_time(closed):
    begin = time.monotonic()
    words = rf"chief must be one that answers within 0.5 s\. Got '127.0.0.1:{closed}' instead: .*"
    with pytest.raises(ConnectionError, match=words):
        addresses.knock(f"127.0.0.1:{closed}", 0.5)
    assert time.monotonic() - begin < 2


def test_a_host_that_does_not_exist_is_an_error_too():
    with pytest.raises(ConnectionError, match=r"Got 'no-such-host.invalid:9' instead"):
        addresses.knock("no-such-host.invalid:9", 0)


def test_an_attempt_is_given_up_before_the_system_would(monkeypatch):
    asked = []

    def connect(where, timeout):
        asked.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionError, match="timed out"):
        addresses.knock("10.255.255.1:9000", 0.5)
    assert len(asked) > 1
    assert all(0 < one <= addresses.ATTEMPT for one in asked)


def test_who_comes_late_is_waited_for():
    port, held = addresses.hold_port()

    def listen():
        time.sleep(0.5)
        with socket.create_server(("127.0.0.1", port)) as server:
            server.accept()[0].close()

    late = threading.Thread(target=listen)
    with held:
        late.start()
        addresses.knock(f"127.0.0.1:{port}", 20)
        late.join()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port cannot be held")
def test_a_port_is_held_for_one_server():
    port, held = addresses.hold_port()
    with held:
        for _ in range(2):  # the server may come back
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))
            with pytest.raises(ConnectionError):
                addresses.knock(f"127.0.0.1:{port}", 0)
            with socket.create_server(("127.0.0.1", port)):  # sets SO_REUSEADDR, as gRPC does
                addresses.knock(f"127.0.0.1:{port}", 5)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
