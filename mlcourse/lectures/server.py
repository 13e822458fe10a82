"""Voila, as an app is served by it: quiet, and with a page that asks nothing of other hosts."""

import signal
import webbrowser
from functools import partial
from pathlib import Path
from subprocess import DEVNULL

from tornado.ioloop import IOLoop
from voila.app import Voila

SETTINGS = (
    "--Voila.log_level=ERROR",
    "--template=lab",
    "--strip_sources=True",
    "--Voila.port_retries=0",
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

    def setup_template_dirs(self):
        """Puts our page before Voila's."""
        super().setup_template_dirs()
        folder = Path(self.notebook_path).with_name("templates")
        folder.mkdir()
        (folder / "index.html.j2").write_text(TEMPLATE)
        self.template_paths.insert(0, str(folder))

    def init_settings(self):
        """Keeps out of the terminal what kernels mutter; what a cell prints is in the page."""
        settings = {**super().init_settings(), "ws_ping_timeout": PING_MILLISECONDS}
        start = self.kernel_manager.start_kernel
        self.kernel_manager.start_kernel = partial(start, stderr=DEVNULL)
        return settings

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
            loop.add_callback(loop.stop)

        before = signal.signal(signal.SIGINT, end)
        try:
            super().listen()
        finally:
            signal.signal(signal.SIGINT, before)


def run(path, ip, port, token, browser):
    """Serves a notebook until Ctrl-C, which ends the kernels too.

    Args:
        path: of the notebook, in a folder of its own.
        ip, port: where to listen.
        token: what the address must have.
        browser: whether to open the address in a browser.
    """
    address = f"--Voila.ip={ip}", f"--Voila.port={port}", f"--Voila.token={token}"
    server = Server.instance()
    server.wants_browser = browser
    server.initialize([str(path), *SETTINGS, *address])
    server.start()
