"""A lecture, or one picture with controls, as an app in a browser: its results without its code."""

import importlib.util
import inspect
import os
import secrets
import socket
import tempfile
from pathlib import Path

import nbformat

from mlcourse import checks, interactive
from mlcourse.lectures import index, runner

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
    from mlcourse.lectures import server

    os.environ.update(runner.environment(quick, data), MLCOURSE_INTERACTIVE="1")
    with tempfile.TemporaryDirectory(prefix="mlcourse-") as folder:
        path = Path(folder) / f"{name}.ipynb"
        nbformat.write(made, path)
        server.run(path, LOOPBACK, port, token, browser, max_visitors)


def notebook(name):
    """Returns the notebook that is served: the lecture's own, or one of a single interactive."""
    lectures, pictures = index.catalogue(), interactives()
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
