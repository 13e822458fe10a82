"""Voila, as an app is served by it: quiet, and with a page that asks nothing of other hosts."""

import signal
import webbrowser
from pathlib import Path

from jupyter_server import DEFAULT_STATIC_FILES_PATH
from nbclient.exceptions import CellExecutionError
from tornado.ioloop import IOLoop
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from mlcourse.lectures import visits

SETTINGS = (
    "--Voila.log_level=ERROR",
    "--template=lab",
    "--strip_sources=True",
    "--Voila.port_retries=0",
    # A kernel without a page ends: at once if the page says good-bye, else within 70 seconds.
    "--VoilaConfiguration.multi_kernel_manager_class=mlcourse.lectures.visits.Kernels",
    "--MappingKernelManager.cull_idle_timeout=60",
    "--MappingKernelManager.cull_interval=10",
    "--MappingKernelManager.cull_busy=True",
    "--Voila.identity_provider_class=mlcourse.lectures.visits.Identity",
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
            (path, visits.Page if handler is TornadoVoilaHandler else handler, *rest)
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
