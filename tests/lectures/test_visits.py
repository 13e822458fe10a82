"""Test a real app: admission of visitors, and a kernel per open page but none for closed ones."""

import http.client
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import nbformat
import pytest

from mlcourse.cli import main
from mlcourse.lectures.app import KERNEL_METADATA

pytest.importorskip("voila")
psutil = pytest.importorskip("psutil")
pytestmark = pytest.mark.slow

SERVE = """
import pathlib, sys
from mlcourse.cli import main
from mlcourse.lectures import app, catalog

catalog.folder = lambda: pathlib.Path(sys.argv[1])
app.SETTINGS = [one.replace("timeout=60", "timeout=2").replace("interval=10", "interval=1")
                   for one in app.SETTINGS]
sys.exit(main(["app", "short", "--no-browser", *sys.argv[2:]]))
"""
EVIL = "evil.example"
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class App:
    """A running app, and a client for it."""

    def __init__(self, process):
        self.process = psutil.Process(process.pid)
        self._address = urlsplit(re.search(r"http://\S+", process.stdout.readline())[0])
        self.host, self.token = self._address.netloc, self._address.query.removeprefix("token=")
        self.cookies = ""

    def ask(self, path, method="GET", **headers):
        """Return the status, the headers and the text of a response."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Cookie": self.cookies, **fields})
        response = connection.getresponse()
        text = "" if response.status == 101 else response.read().decode()
        connection.close()
        return response.status, response.headers, text

    def enter(self):
        """Request the printed address, store the cookie, and return the status and headers."""
        status, headers, _ = self.ask(f"/?token={self.token}")
        self.cookies = headers["Set-Cookie"].partition(";")[0]
        return status, headers

    def kernels(self):
        """Return the number of running kernels."""
        children = self.process.children(recursive=True)
        return len([one for one in children if one.status() != psutil.STATUS_ZOMBIE])

    def wait_for_kernels(self, number):
        """Wait until this number of kernels is running."""
        deadline = time.monotonic() + 60
        while self.kernels() != number:
            assert time.monotonic() < deadline, f"{self.kernels()} kernels are running"
            time.sleep(0.05)


@contextmanager
def app(folder, *options):
    """Yield an App, and check that it logged only refused requests."""
    command = [sys.executable, "-c", SERVE, str(folder), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        try:
            yield App(process)
        finally:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    lines = errors.splitlines()
    others = [one for one in lines if not re.match(r"[45]\d\d (GET|POST) ", one)]
    assert others == [], errors


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Yield the App of a short lecture; at the end Ctrl-C stops it while it is idle."""
    folder, v4 = tmp_path_factory.mktemp("notebooks"), nbformat.v4
    cells = [v4.new_markdown_cell("# Short\n\nText."), v4.new_code_cell("1")]
    lecture = v4.new_notebook(cells=cells, metadata={"mlcourse": {"order": 1}, **KERNEL_METADATA})
    nbformat.write(lecture, folder / "short.ipynb")
    with app(folder) as one:
        yield one


@pytest.fixture
def one(quick):
    """Return the App without a cookie and without running kernels."""
    quick.cookies = ""
    quick.wait_for_kernels(0)
    return quick


def test_a_token_becomes_a_cookie_and_leaves_the_address(one):
    assert one.ask("/")[0] == 302  # to the form
    for wrong in (one.token[:-1], one.token + "0", "", "%C3%A9"):
        assert "Token authentication" in one.ask(f"/login?token={wrong}")[2]
        assert "login" in one.ask(f"/?token={wrong}")[1]["Location"]
    status, headers = one.enter()
    assert (status, headers["Location"]) == (302, "/")
    assert "httponly" in headers["Set-Cookie"].lower()
    assert "samesite=lax" in headers["Set-Cookie"].lower()
    assert one.kernels() == 0
    status, headers, text = one.ask("/")
    assert status == 200 and "<title>" in text and one.token not in text
    assert headers["Set-Cookie"].startswith("_xsrf=")


def test_the_token_can_be_typed(one):
    _, headers, text = one.ask("/login")
    one.cookies = headers["Set-Cookie"].partition(";")[0]
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', text)[1]
    form = f"/login?_xsrf={xsrf}&password="
    assert one.ask(form + "wrong", "POST")[0] == 401
    assert one.ask(form + one.token, "POST")[0] == 302


def test_other_hosts_and_origins_are_refused(one):
    one.enter()
    port = one.host.partition(":")[2]
    for host in (EVIL, f"{EVIL}:{port}", f"127.0.0.1.{EVIL}:{port}", f"8.8.8.8:{port}"):
        for path in ("/", f"/?token={one.token}", "/login"):
            assert one.ask(path, Host=host)[0] == 403
    assert one.ask("/", Origin=f"http://{EVIL}")[0] == 403
    assert one.ask("/", Origin="null")[0] == 403
    assert one.ask("/", Origin=f"http://127.0.0.1:{int(port) - 1}")[0] == 403
    assert one.kernels() == 0
    assert one.ask("/login", Host=f"localhost:{port}")[0] == 200

    _, headers, text = one.ask("/", Origin=f"http://{one.host}")
    (kernel,) = set(re.findall(r'"kernelId": "([-\w]+)"', text))
    channels = f"/api/kernels/{kernel}/channels"
    own = {**HANDSHAKE, "Origin": f"http://{one.host}"}
    assert one.ask(channels, **{**own, "Host": EVIL})[0] == 403
    assert one.ask(channels, **{**own, "Origin": f"http://{EVIL}"})[0] == 403
    assert one.ask(channels, **{**own, "Origin": f"http://{EVIL}", "Host": EVIL})[0] == 403
    assert one.ask(channels, **{**own, "Cookie": ""})[0] == 403
    assert one.ask(channels, **own)[0] == 101

    xsrf = headers["Set-Cookie"].partition(";")[0]
    goodbye = f"/voila/api/shutdown/{kernel}"
    assert one.ask(goodbye, "POST")[0] == 403
    one.cookies += f"; {xsrf}"
    assert one.ask(f"{goodbye}?{xsrf}", "POST", Origin=f"http://{EVIL}")[0] == 404
    assert one.kernels() == 1
    assert one.ask(f"{goodbye}?{xsrf}", "POST")[0] == 204
    one.wait_for_kernels(0)


def test_the_kernel_of_a_page_that_nobody_sees_ends(one):
    one.enter()
    assert one.ask("/")[0] == 200  # and no script of it is run
    one.wait_for_kernels(0)


def test_a_page_that_takes_long_keeps_its_kernel(shelf, cache):
    wait = "import time\ntime.sleep(8)\nprint('awake')"
    with app(shelf("short", wait).parent) as one:
        one.enter()
        assert "awake" in one.ask("/")[2]  # longer than a kernel without a page may live
        one.wait_for_kernels(0)


def test_an_app_that_is_full_says_so_until_a_page_is_closed(shelf, cache):
    wait = "import time\ntime.sleep(1000)"
    with app(shelf("short", wait).parent, "--max-visitors", "1") as one:
        one.enter()
        first = http.client.HTTPConnection(one.host, timeout=60)
        first.request("GET", "/", headers={"Cookie": one.cookies})
        first.getresponse().read(100)
        status, headers, text = one.ask("/")
        assert status == 503
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert "<h1>This app is full</h1>" in text
        assert "Open pages: 1, the maximum." in text
        assert one.kernels() == 1
        first.close()
        one.wait_for_kernels(0)  # although its cell has not ended


def test_a_number_of_visitors_is_checked(capsys):
    assert main(["app", "initialization", "--max-visitors", "0"]) == 1
    rule = "max_visitors must be a whole number of at least 1. Got 0 instead."
    assert rule in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts no file descriptors")
def test_visits_leave_no_memory_and_no_open_file(one):
    """The first visits load modules and fill caches; the later ones leave what they found."""

    def visit():
        _, headers, text = one.ask("/")
        (kernel,) = set(re.findall(r'"kernelId": "([-\w]+)"', text))
        xsrf = headers["Set-Cookie"].partition(";")[0]
        goodbye = f"/voila/api/shutdown/{kernel}?{xsrf}"
        assert one.ask(goodbye, "POST", Cookie=f"{one.cookies}; {xsrf}")[0] == 204
        one.wait_for_kernels(0)

    def resources():
        return one.process.memory_info().rss, one.process.num_fds()

    one.enter()
    for _ in range(5):
        visit()
    memory, files = resources()
    for _ in range(20):
        visit()
    memory_later, files_later = resources()
    assert (memory_later - memory) / 20 < 250_000  # bytes
    assert files_later == files
