"""Settings of all tests and doctests: quiet logs, closed figures, commands to rerun failures."""

import os
import shlex
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import pytest


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Print commands that rerun the failed tests below pytest's summary."""
    yield
    reports = terminalreporter.stats.get("failed", []) + terminalreporter.stats.get("error", [])
    names = list(dict.fromkeys(report.nodeid for report in reports))
    for command in repeat_commands(names):
        terminalreporter.write_line(f"Run these again: {command}", bold=True)


def repeat_commands(names):
    """Return commands that rerun failed tests; notebooks are rerun completely.

    Args:
        names: node IDs of the tests.
    """
    notebooks = sorted({name.split("::")[0] for name in names if ".ipynb" in name})
    tests = [name for name in names if ".ipynb" not in name]
    commands = []
    if tests:
        commands.append(f"{sys.executable} -m pytest {shlex.join(tests)}")
    if notebooks:
        commands.append(f"make test-notebooks NOTEBOOKS={shlex.quote(' '.join(notebooks))}")
    return commands
