"""A Dask cluster on this machine: commands with certificates."""

import json
import os
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


class Lab:
    """Processes of a Dask cluster; a context manager that kills them at its end.

    Args:
        folder: folder for the certificates.

    Attributes:
        address: address of the scheduler.
        environment: environment variables of the processes, with Dask's configuration.
    """

    def __init__(self, folder):
        self._folder = folder
        self._processes = []
        folder.mkdir(exist_ok=True)
        subprocess.run(["sh", "-ec", CERTIFICATES], cwd=folder, check=True, capture_output=True)
        identity = {"cert": str(folder / "node.pem"), "key": str(folder / "node.key")}
        tls = dict.fromkeys(("scheduler", "worker", "client"), identity)
        tls["ca-file"] = str(folder / "ca.pem")
        self._config = {"distributed": {"comm": {"require-encryption": True, "tls": tls}}}
        path = folder / "dask.yaml"
        path.write_text(json.dumps(self._config), encoding="utf-8")  # JSON is YAML
        self.environment = {**os.environ, "DASK_CONFIG": str(path)}
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._port = server.getsockname()[1]
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

    def configured(self):
        """Return a context in which this process has the certificates."""
        import dask

        comm = self._config["distributed"]["comm"]
        names = {f"distributed.comm.tls.{name}": value for name, value in comm["tls"].items()}
        return dask.config.set({"distributed.comm.require-encryption": True, **names})

    def scheduler(self, **variables):
        """Start the scheduler, and return its process when it listens."""
        process = self._start("scheduler", "--protocol=tls", f"--port={self._port}", **variables)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                assert process.poll() is None, "the scheduler has ended"
                time.sleep(0.1)
            else:
                return process

    def worker(self, *options):
        """Start a nanny with its worker, and return the nanny's process."""
        return self._start("worker", self.address, "--nthreads=1", "--memory-limit=0", *options)

    def _start(self, *arguments, **variables):
        common = ["--host=127.0.0.1", "--dashboard-address=127.0.0.1:0"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        quiet["env"] = {**self.environment, **variables}
        command = [sys.executable, "-m", "dask", *arguments, *common]
        self._processes.append(subprocess.Popen(command, cwd=self._folder, **quiet))
        return self._processes[-1]
