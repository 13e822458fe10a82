"""Visits to an app: who may see its page, and a kernel for each open page."""

import asyncio
import secrets
from datetime import UTC, datetime
from subprocess import DEVNULL

from jupyter_server import CallContext
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from traitlets import default
from voila.tornado.handler import TornadoVoilaHandler

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
