"""Serve a lecture without its code, by Voila: who may visit it, and one kernel for each page."""

import asyncio
import importlib.util
import inspect
import os
import secrets
import signal
import socket
import tempfile
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL

import nbformat
from jupyter_server import DEFAULT_STATIC_FILES_PATH, CallContext
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from nbclient.exceptions import CellExecutionError
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from traitlets import default
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from mlcourse import interactive
from mlcourse._core import checks
from mlcourse.lectures import catalog, runner

SETTINGS = (
    "--Voila.log_level=ERROR",
    "--template=lab",
    "--strip_sources=True",
    "--Voila.port_retries=0",
    # A kernel without a page ends: at once if the page says good-bye, else within 70 seconds.
    "--VoilaConfiguration.multi_kernel_manager_class=mlcourse.lectures.app.Kernels",
    "--MappingKernelManager.cull_idle_timeout=60",
    "--MappingKernelManager.cull_interval=10",
    "--MappingKernelManager.cull_busy=True",
    "--Voila.identity_provider_class=mlcourse.lectures.app.Identity",
)
PING_MILLISECONDS = 30_000  # tornado does not want to wait longer for one than it takes to the next

# Voila's page links to icons on another host, but has the same ones in its own style sheet.
TEMPLATE = """{% extends 'voila/templates/lab/index.html.j2' %}
{% block notebook_css %}
{{ super() | replace('href="https://'|safe, 'data-left-out="'|safe) }}
<style>#rendered_cells { max-width: 70rem; margin: auto; }</style>
{% endblock %}"""


class Server(Voila):
    """Voila with a page of its own; when it listens, it says where."""

    name = "voila"
    wants_browser = False
    max_visitors = 1

    def setup_template_dirs(self):
        """Puts our page before Voila's."""
        super().setup_template_dirs()
        folder = Path(self.notebook_path).with_name("templates")
        folder.mkdir()
        (folder / "index.html.j2").write_text(TEMPLATE)
        self.template_paths.insert(0, str(folder))

    def init_settings(self):
        """Return Voila's settings; only names of this machine are answered to."""
        settings = super().init_settings()
        self.kernel_manager.max_kernels = self.max_visitors
        self.log.addFilter(_is_no_closed_page)
        own = {"ws_ping_timeout": PING_MILLISECONDS, "allow_remote_access": False}
        return {**settings, **own, "static_path": DEFAULT_STATIC_FILES_PATH}  # for pages of errors

    def init_handlers(self):
        """Return Voila's handlers, with our page in the place of Voila's."""
        handlers = super().init_handlers()
        return [
            (path, Page if handler is TornadoVoilaHandler else handler, *rest)
            for path, handler, *rest in handlers
        ]

    def launch_browser(self):
        """Says where the app is; Voila asks for this when it listens."""
        address = f"{self.connection_url}?token={self.token}"
        print(f"The app is at {address}\nCtrl-C ends it.", flush=True)
        if self.wants_browser:
            webbrowser.open(address)

    def listen(self):
        """Serves until Ctrl-C, which ends the loop between two of its steps, never amid one."""
        loop = IOLoop.current()

        def end(*_):
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernels have to end, too
            loop.asyncio_loop.call_soon_threadsafe(loop.stop)  # wakes a loop that is idle

        before = signal.signal(signal.SIGINT, end)
        try:
            super().listen()
        finally:
            signal.signal(signal.SIGINT, before)


def _is_no_closed_page(record):
    """Return whether a line of the log is about more than cells of a page that was closed."""
    is_cell = str(record.msg).startswith("Error at server while executing cell")
    return not is_cell or isinstance(record.exc_info[1], CellExecutionError)


def run(path, ip, port, token, browser, max_visitors):
    """Serves a notebook until Ctrl-C, which ends the kernels too.

    Args:
        path: of the notebook, in a folder of its own.
        ip, port: where to listen.
        token: what the address must have.
        browser: whether to open the address in a browser.
        max_visitors: how many pages can be open at a time.
    """
    address = f"--Voila.ip={ip}", f"--Voila.port={port}", f"--Voila.token={token}"
    server = Server.instance()
    server.wants_browser = browser
    server.max_visitors = max_visitors
    server.initialize([str(path), *SETTINGS, *address])
    server.start()


PATIENCE = 8  # seconds that a visitor waits for the kernel of a closed page to end
FULL = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>This app is full</title>
<style>:root {{ color-scheme: light dark; }} body {{ font: 1.2rem/1.5 system-ui, sans-serif;
max-width: 32rem; margin: 4rem auto; padding: 0 1rem; }}</style></head>
<body><main><h1>This app is full</h1>
<p>Open pages: {pages}, the most that it can have at a time. Close one of them, or wait until
somebody does. Then load this page again.</p>
</main></body>
</html>"""


class Identity(IdentityProvider):
    """Let in visitors with the token, which is compared in constant time, or with our cookie."""

    @default("cookie_options")
    def _same_site(self):
        return {"samesite": "Lax"}

    def _is_token(self, given):
        return secrets.compare_digest(given.encode(), self.token.encode())

    async def get_user_token(self, handler):
        """Return the user of a request with the token, or None."""
        known = self._is_token(self.get_token(handler) or "")
        return await super().get_user_token(handler) if known else None

    def process_login_form(self, handler):
        """Return a user if the token was typed into the form, or None."""
        known = self._is_token(handler.get_argument("password", default=""))
        return self.generate_anonymous_user(handler) if known else None


class Kernel(ServerKernelManager):
    """A kernel with its clients: open sockets of a page that is being made would delay Ctrl-C."""

    def __init__(self, **options):
        super().__init__(**options)
        self._clients = []

    def client(self, **options):
        """Return a new client of the kernel."""
        self._clients.append(super().client(**options))
        return self._clients[-1]

    def close_clients(self):
        """Close the sockets of all clients."""
        for client in self._clients:
            client.stop_channels()


class Kernels(AsyncMappingKernelManager):
    """At most `max_kernels` kernels. A page that is being made counts as a connection of its own.

    What kernels write to stderr is kept out of the terminal; what a cell prints is in the page.
    """

    max_kernels = 1
    _starting = 0

    async def start_kernel(self, **options):
        """Start the kernel of a page and return its id; raise HTTPError 503 if there are too many.

        The kernel of a page that was closed a moment ago is given time to end.
        """
        until = asyncio.get_running_loop().time() + PATIENCE
        while len(self) + self._starting >= self.max_kernels:
            if asyncio.get_running_loop().time() > until:
                raise HTTPError(503, reason="App is full")
            await asyncio.sleep(0.1)
        self._starting += 1
        try:
            kernel_id = await super().start_kernel(**options, stderr=DEVNULL)
        finally:
            self._starting -= 1
        self.notify_connect(kernel_id)
        CallContext.get(CallContext.JUPYTER_HANDLER).kernel_id = kernel_id
        return kernel_id

    @default("kernel_manager_class")
    def _own_kernel(self):
        return f"{__name__}.{Kernel.__name__}"

    def remove_kernel(self, kernel_id):
        """Forget a kernel that has ended, and close its clients."""
        kernel = super().remove_kernel(kernel_id)
        if kernel is not None:
            kernel.close_clients()
        return kernel

    def notify_disconnect(self, kernel_id):
        """Note that a page has left a kernel; the time until the kernel is culled begins."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self.get_kernel(kernel_id).last_activity = datetime.now(UTC)


class Page(TornadoVoilaHandler):
    """The page of an app, whose kernel ends with it."""

    kernel_id = None

    async def get(self, path=None):
        """Send the page. A token leaves the address; a cookie takes its place."""
        if not self.check_origin():
            raise HTTPError(403)
        if "token" in self.request.query_arguments:
            return self.redirect(self.request.path)
        _ = self.xsrf_token  # sets the cookie without which the page cannot end its kernel
        return await super().get(path)

    def on_finish(self):
        """Count the whole page no longer as a connection: it has one of its own."""
        super().on_finish()
        if self.kernel_id:
            self.kernel_manager.notify_disconnect(self.kernel_id)

    def on_connection_close(self):
        """End the kernel of a page that was closed before it was whole."""
        super().on_connection_close()
        if self.kernel_id in self.kernel_manager:
            end = self.kernel_manager.shutdown_kernel
            IOLoop.current().add_callback(end, self.kernel_id, now=True)

    def write_error(self, status_code, **details):
        """Send a plain page if the app is full."""
        if status_code != 503:
            return super().write_error(status_code, **details)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        return self.finish(FULL.format(pages=self.kernel_manager.max_kernels))


LOOPBACK = "127.0.0.1"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
BEGIN = "%%capture\nimport mlcourse\nmlcourse.setup_notebook()"


def serve(name, quick=True, data=None, port=0, browser=True, max_visitors=4):
    """Serves a lecture or an interactive with Voila, to this machine alone, until Ctrl-C.

    Each page that is opened at the address, which has a random token, has its own kernel, in which
    the notebook is run from its start. The kernel ends soon after the page is closed. No code is
    shown, and no other host is asked for anything.

    Args:
        name: of a lecture, or of a function of `mlcourse.interactive` that needs no arguments.
        quick: whether to take fewer pictures and epochs.
        data: the folder of the datasets; None leaves `MLCOURSE_DATA` as it is.
        port: to listen at; 0 for one that is free.
        browser: whether to open the address in a browser.
        max_visitors: pages that can be open at a time; a kernel with Keras takes some 800 MB.

    Raises:
        ValueError: for an unknown name, a port that is taken, or if Voila is not installed.
    """
    made = notebook(name)
    checks.integer("max_visitors", max_visitors, 1)
    port, token = free_port(port), secrets.token_hex(16)
    if importlib.util.find_spec("voila") is None:
        raise ValueError("Voila must be installed: pip install voila. Got no such package.")
    pass

    os.environ.update(runner.environment(quick, data), MLCOURSE_INTERACTIVE="1")
    with tempfile.TemporaryDirectory(prefix="mlcourse-") as folder:
        path = Path(folder) / f"{name}.ipynb"
        nbformat.write(made, path)
        run(path, LOOPBACK, port, token, browser, max_visitors)


def notebook(name):
    """Returns the notebook that is served: the lecture's own, or one of a single interactive."""
    lectures, pictures = catalog.catalogue(), interactives()
    checks.choice("name", name, [*lectures, *pictures])
    if name in lectures:
        found = nbformat.read(lectures[name].path, as_version=4)
        found.metadata["title"] = lectures[name].title
        return found
    title = name.replace("_", " ").capitalize()
    cells = [
        nbformat.v4.new_markdown_cell(f"# {title}"),
        nbformat.v4.new_code_cell(BEGIN),
        nbformat.v4.new_code_cell(f"mlcourse.interactive.{name}()"),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata={**KERNEL, "title": title})


def interactives():
    """Returns the names of the functions of `mlcourse.interactive` that need no arguments."""
    known = [(name, getattr(interactive, name)) for name in interactive.__all__]
    return [name for name, one in known if inspect.isfunction(one) and not _needs(one)]


def _needs(function):
    optional = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    parameters = inspect.signature(function).parameters.values()
    return [one for one in parameters if one.default is one.empty and one.kind not in optional]


def free_port(port=0):
    """Returns a port of this machine that nobody listens at: the one given, or for 0 any one."""
    checks.integer("port", port, 0, 65535)
    with socket.socket() as probe:
        if os.name == "posix":  # a port that has just been given back is free, too
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ValueError(f"port must be one that is free. Got {port} instead.") from error
        return probe.getsockname()[1]
