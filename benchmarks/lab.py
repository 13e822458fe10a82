"""A Dask scheduler and its workers, started as commands with certificates made by hand."""

import socket
import subprocess
import sys
import time

import psutil

CERTIFICATES = """
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=lab -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=node -keyout node.key -out node.csr
openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out node.pem
"""
OPTIONS = ("--tls-ca-file", "--tls-cert", "--tls-key")


class Lab:
    """Processes of a cluster on this machine; a context manager that ends them.

    Args:
        folder: for certificates.

    Attributes:
        address: of the scheduler.
        certificates: paths of the authority's certificate, and of one with its key.
    """

    def __init__(self, folder):
        self._folder, self._processes = folder, []
        folder.mkdir(exist_ok=True)
        subprocess.run(["sh", "-ec", CERTIFICATES], cwd=folder, check=True, capture_output=True)
        self.certificates = [str(folder / name) for name in ("ca.pem", "node.pem", "node.key")]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"tls://127.0.0.1:{self._port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
            process.wait()

    @property
    def tls(self):
        """The options of a command that connects to the scheduler."""
        pairs = zip(OPTIONS, self.certificates, strict=True)
        return [word for pair in pairs for word in pair]

    def scheduler(self):
        """Start the scheduler, and return its process once it listens."""
        process = self._start("scheduler", "--protocol", "tls", "--port", str(self._port))
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                assert process.poll() is None, "the scheduler has ended"
                time.sleep(0.1)
            else:
                return process

    def worker(self):
        """Start a nanny with its worker, and return the nanny's process."""
        return self._start("worker", self.address, "--nthreads", "1", "--memory-limit", "0")

    def _start(self, *words):
        common = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", *self.tls]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-m", "dask", *words, *common]
        self._processes.append(subprocess.Popen(command, cwd=self._folder, **quiet))
        return self._processes[-1]
