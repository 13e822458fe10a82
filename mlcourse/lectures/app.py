"""Serve a lecture or an interactive figure with Voila, without code and with a kernel per page."""

import asyncio
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
from tornado.log import gen_log
from tornado.web import HTTPError
from traitlets import default
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from mlcourse import interactive
from mlcourse._core import checks, files
from mlcourse.lectures import catalog, runner

SETTINGS = (
    "--Voila.log_level=ERROR",
    "--template=lab",
    "--strip_sources=True",
    "--Voila.port_retries=0",
    # A kernel without a page stops: at once if the page was closed, else within 70 seconds.
    "--VoilaConfiguration.multi_kernel_manager_class=mlcourse.lectures.app.Kernels",
    "--MappingKernelManager.cull_idle_timeout=60",
    "--MappingKernelManager.cull_interval=10",
    "--MappingKernelManager.cull_busy=True",
    "--Voila.identity_provider_class=mlcourse.lectures.app.Identity",
)
PING_TIMEOUT = 30_000  # milliseconds; Tornado's limit is its interval between pings

# Disables the links to icons on another host: Voila's own style sheet has the same icons.
TEMPLATE = """{% extends 'voila/templates/lab/index.html.j2' %}
{% block notebook_css %}
{{ super() | replace('href="https://'|safe, 'data-left-out="'|safe) }}
<style>#rendered_cells { max-width: 70rem; margin: auto; }</style>
{% endblock %}"""


class Server(Voila):
    """A Voila server with our page, that prints its address when it is ready."""

    name = "voila"
    wants_browser = False
    max_visitors = 1

    def setup_template_dirs(self):
        """Add our page template before Voila's."""
        super().setup_template_dirs()
        folder = Path(self.notebook_path).with_name("templates")
        folder.mkdir()
        (folder / "index.html.j2").write_text(TEMPLATE)
        self.template_paths.insert(0, str(folder))

    def init_settings(self):
        """Return Voila's settings, restricted to requests with a host name of this machine."""
        settings = super().init_settings()
        self.kernel_manager.max_kernels = self.max_visitors
        for log in (self.log, gen_log):
            log.addFilter(_is_relevant)
        return {
            **settings,
            "ws_ping_timeout": PING_TIMEOUT,
            "allow_remote_access": False,
            "static_path": DEFAULT_STATIC_FILES_PATH,  # for error pages
        }

    def init_handlers(self):
        """Return Voila's handlers, with our page instead of Voila's."""
        handlers = super().init_handlers()
        return [
            (path, Page if handler is TornadoVoilaHandler else handler, *rest)
            for path, handler, *rest in handlers
        ]

    def launch_browser(self):
        """Print the address of the app, and open it; Voila calls this when it listens."""
        address = f"{self.connection_url}?token={self.token}"
        print(f"The app is at {address}\nCtrl-C stops it.", flush=True)
        if self.wants_browser:
            webbrowser.open(address)

    def listen(self):
        """Serve until Ctrl-C, which stops the event loop between two callbacks.

        A further one is ignored while `serve` stops the kernels and removes its files.
        """
        loop = IOLoop.current()

        def stop(*_):
            files.set_interrupt_handler(signal.SIG_IGN)
            loop.asyncio_loop.call_soon_threadsafe(loop.stop)  # also wakes an idle loop

        files.set_interrupt_handler(stop)
        super().listen()


def _is_relevant(record):
    """Return False for log records about a page that was closed: its cells and late messages."""
    message = str(record.msg)
    if message.startswith("Error at server while executing cell"):
        return isinstance(record.exc_info[1], CellExecutionError)
    return not message.startswith("Got events for closed stream")


def run(path, ip, port, token, browser, max_visitors):
    """Serve a notebook until Ctrl-C or SIGTERM, which also stops the kernels.

    Args:
        path: path of the notebook, in an otherwise empty folder.
        ip, port: address to listen on.
        token: token that the URL must have.
        browser: whether to open the URL in a browser.
        max_visitors: maximum number of open pages.
    """
    address = f"--Voila.ip={ip}", f"--Voila.port={port}", f"--Voila.token={token}"
    server = Server.instance()
    server.wants_browser = browser
    server.max_visitors = max_visitors
    server.initialize([str(path), *SETTINGS, *address])
    server.start()


FULL_TIMEOUT = 8  # seconds that a new page waits for the kernel of a closed one to stop
FULL_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>This app is full</title>
<style>:root {{ color-scheme: light dark; }} body {{ font: 1.2rem/1.5 system-ui, sans-serif;
max-width: 32rem; margin: 4rem auto; padding: 0 1rem; }}</style></head>
<body><main><h1>This app is full</h1>
<p>Open pages: {pages}, the maximum. Close one of them, or wait until another visitor does. Then
reload this page.</p>
</main></body>
</html>"""


class Identity(IdentityProvider):
    """Admit visitors with the token, which is compared in constant time, or with our cookie."""

    @default("cookie_options")
    def _default_cookie_options(self):
        return {"samesite": "Lax"}

    def _is_token(self, text):
        return secrets.compare_digest(text.encode(), self.token.encode())

    async def get_user_token(self, handler):
        """Return the user of a request with the token, or None."""
        is_valid = self._is_token(self.get_token(handler) or "")
        return await super().get_user_token(handler) if is_valid else None

    def process_login_form(self, handler):
        """Return a user if the form has the token, or None."""
        is_valid = self._is_token(handler.get_argument("password", default=""))
        return self.generate_anonymous_user(handler) if is_valid else None


class Kernel(ServerKernelManager):
    """A kernel that can close its clients: their open sockets would delay Ctrl-C."""

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
    """A manager of at most `max_kernels` kernels.

    A page that is being rendered counts as a connection, so that its kernel is not culled. Kernels'
    stderr is discarded; the output of cells is on the page.
    """

    max_kernels = 1
    _starting = 0

    async def start_kernel(self, **options):
        """Start the kernel of a page, and return its id.

        Waits up to `FULL_TIMEOUT` seconds for the kernel of a closed page to stop.

        Raises:
            HTTPError: 503, if there are `max_kernels` kernels.
        """
        deadline = asyncio.get_running_loop().time() + FULL_TIMEOUT
        while len(self) + self._starting >= self.max_kernels:
            if asyncio.get_running_loop().time() > deadline:
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
    def _use_kernel_with_visits(self):
        return f"{__name__}.{Kernel.__name__}"

    def remove_kernel(self, kernel_id):
        """Remove a kernel that has stopped, and close its clients."""
        kernel = super().remove_kernel(kernel_id)
        if kernel is not None:
            kernel.close_clients()
        return kernel

    def notify_disconnect(self, kernel_id):
        """Count a page as disconnected, and restart the time until its kernel is culled."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self:
            self.get_kernel(kernel_id).last_activity = datetime.now(UTC)


class Page(TornadoVoilaHandler):
    """A request handler for the page of an app, whose kernel stops with the page."""

    kernel_id = None

    async def get(self, path=None):
        """Send the page, after a redirect that replaces the token in the address by a cookie."""
        if not self.check_origin():
            raise HTTPError(403)
        if "token" in self.request.query_arguments:
            return self.redirect(self.request.path)
        _ = self.xsrf_token  # sets the cookie that the page needs to stop its kernel
        return await super().get(path)

    def on_finish(self):
        """Stop counting the request as a connection: the page has its own now."""
        super().on_finish()
        if self.kernel_id:
            self.kernel_manager.notify_disconnect(self.kernel_id)

    def on_connection_close(self):
        """Stop the kernel of a page that was closed before it was complete."""
        super().on_connection_close()
        if self.kernel_id in self.kernel_manager:
            shut_down = self.kernel_manager.shutdown_kernel
            IOLoop.current().add_callback(shut_down, self.kernel_id, now=True)

    def write_error(self, status_code, **details):
        """Send a plain page if the app is full."""
        if status_code != 503:
            return super().write_error(status_code, **details)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        return self.finish(FULL_PAGE.format(pages=self.kernel_manager.max_kernels))


LOOPBACK = "127.0.0.1"
KERNEL_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
}
SETUP_CELL = "%%capture\nimport mlcourse\nmlcourse.setup_notebook()"


def serve(name, quick=True, data=None, port=0, browser=True, max_visitors=4):
    """Serve a lecture or an interactive figure to this machine, until Ctrl-C.

    The address has a random token. Each page opened there has its own kernel, which runs the
    notebook from the start and stops soon after the page is closed. Pages show no code and use no
    other host.

    Args:
        name: name of a lecture, path of a notebook, or name of a function of
            `mlcourse.interactive` without required arguments.
        quick: whether to use fewer images and epochs.
        data: folder of the datasets. Default: `MLCOURSE_DATA`, else the cache folder.
        port: port to listen on; 0 for a free one.
        browser: whether to open the address in a browser.
        max_visitors: maximum number of open pages; a kernel with Keras uses about 800 MB.

    Raises:
        ValueError: for an unknown name, or a port in use.
    """
    served = notebook(name)
    checks.integer("max_visitors", max_visitors, 1)
    port = free_port(port)
    token = secrets.token_hex(16)
    os.environ.update(runner.environment(quick, data), MLCOURSE_INTERACTIVE="1")
    with (
        files.handle_interrupts(signal.default_int_handler),
        tempfile.TemporaryDirectory(prefix="mlcourse-") as folder,
    ):
        path = Path(folder) / f"{Path(name).stem}.ipynb"
        nbformat.write(served, path)
        run(path, LOOPBACK, port, token, browser, max_visitors)


def notebook(name):
    """Return the notebook of a lecture, or a new one with an interactive figure."""
    lectures = catalog.available()
    if name in lectures or name.endswith(catalog.SUFFIX):
        lecture = catalog.find(name)
        served = catalog.read(lecture)
        served.metadata["title"] = lecture.title
        return served
    checks.choice("name", name, [*lectures, *interactive_names()])
    title = name.replace("_", " ").capitalize()
    cells = [
        nbformat.v4.new_markdown_cell(f"# {title}"),
        nbformat.v4.new_code_cell(SETUP_CELL),
        nbformat.v4.new_code_cell(f"mlcourse.interactive.{name}()"),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata={**KERNEL_METADATA, "title": title})


def interactive_names():
    """Return the names of the functions of `mlcourse.interactive` without required arguments."""
    members = [(name, getattr(interactive, name)) for name in interactive.__all__]
    return [
        name
        for name, member in members
        if inspect.isfunction(member) and not _required_parameters(member)
    ]


def _required_parameters(function):
    """Return the parameters of a function that have no default."""
    variadic = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind not in variadic
    ]


def free_port(port=0):
    """Return a free port of this machine: the given one, or any for 0.

    Raises:
        ValueError: if the port is in use, or not a port.
    """
    checks.integer("port", port, 0, 65535)
    with socket.socket() as probe:
        if os.name == "posix":  # also accept a port that was closed a moment ago
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ValueError(f"Port {port} is in use. Choose another one.") from error
        return probe.getsockname()[1]
