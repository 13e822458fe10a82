"""Run tests on mutants, each in a process that is forked after Keras is imported."""

import contextlib
import importlib
import json
import math
import os
import signal
import time
from importlib.machinery import SourceFileLoader
from pathlib import Path

import coverage
import pytest
from hypothesis import Phase, settings

LIBRARIES = ("keras", "matplotlib.pyplot", "pyarrow.parquet", "scipy.special", "sklearn.metrics")


class Tests:
    """The tests of a part of the package, their times, and the lines that each of them executes."""

    def __init__(self, part):
        own = f"tests/test_{part}" if part.endswith(".py") else f"tests/{part}"
        self.paths, self.file = [own, f"mlcourse/{part}"], Path(f"{part}.coverage").absolute()

    def measure(self):
        """Run all tests on the unchanged package; save the times and lines of those that pass."""
        covered = coverage.Coverage(self.file, source=["mlcourse"], config_file=False)
        seconds = {}

        class Times:
            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_protocol(self, item):
                covered.switch_context(item.nodeid)
                return (yield)

            def pytest_runtest_logreport(self, report):
                seconds[report.nodeid] = seconds.get(report.nodeid, 0) + report.duration
                if report.failed:
                    seconds[report.nodeid] = math.inf

        covered.start()
        status = _pytest(self.paths, Times())
        covered.stop()
        covered.save()
        self.file.with_suffix(".json").write_text(json.dumps(seconds))
        return 0 if status == pytest.ExitCode.TESTS_FAILED else status

    def read(self):
        """Read what `measure` saved in another process; return the names of tests that fail."""
        seconds = json.loads(self.file.with_suffix(".json").read_text())
        self.seconds = {name: took for name, took in seconds.items() if took < math.inf}
        self.data = coverage.CoverageData(self.file)
        self.data.read()
        return seconds.keys() - self.seconds.keys()

    def of(self, mutant):
        """Return the names of the tests that execute the changed lines, the fastest first.

        These are all tests if the lines run only when the module is imported.
        """
        contexts = self.data.contexts_by_lineno(str(mutant.path.absolute()))
        found = {name for line in mutant.lines for name in contexts.get(line, ())}
        chosen = self.seconds if found == {""} else found & self.seconds.keys()
        return sorted(chosen, key=self.seconds.get)


def test_mutant(mutant, chosen):
    """Run tests on a mutant; return 0 if they do not detect it."""
    if not chosen:
        return 0

    class Choice:
        def pytest_collection_modifyitems(self, items):
            found = {item.nodeid: item for item in items}
            items[:] = [found[name] for name in chosen if name in found]

    get_code, path = SourceFileLoader.get_code, mutant.path.absolute()

    def changed(loader, name):
        if Path(loader.path) != path:
            return get_code(loader, name)
        return compile(mutant.source, loader.path, "exec", dont_inherit=True)

    SourceFileLoader.get_code = changed
    files = dict.fromkeys(name.split("::")[0] for name in chosen)
    status = _pytest(["-x", *files], Choice())
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else status


def _pytest(arguments, plugin):
    folder = f"--basetemp={Path('tmp', str(os.getpid())).absolute()}"
    options = ["-p", "no:cacheprovider", "--assert=plain", folder]  # no loader of pytest's own
    return pytest.main([*options, *arguments], [plugin])


def import_libraries():
    """Import what all tests need, but nothing of the package."""
    os.environ.pop("MLCOURSE_DATA", None)
    os.environ.update(
        MPLBACKEND="Agg", TF_CPP_MIN_LOG_LEVEL="3", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"
    )
    for name in LIBRARIES:
        importlib.import_module(name)
    phases = (Phase.explicit, Phase.generate)  # no search for the smallest example
    settings.register_profile("mutants", phases=phases, derandomize=True, database=None)
    settings.load_profile("mutants")


def run_in_parallel(tasks, jobs):
    """Run tasks in processes, some at once, and yield (key, status) as they end.

    Args:
        tasks: iterator of (key, path of the log, time limit in seconds, function, *arguments).
        jobs: number of processes at once.
    """
    tasks, running = iter(tasks), {}
    try:
        while True:
            while len(running) < jobs and (task := next(tasks, None)):
                key, log, seconds, function, *arguments = task
                running[_fork(log, function, arguments)] = key, time.monotonic() + seconds
            if not running:
                return
            for pid, (key, end) in list(running.items()):
                if time.monotonic() > end:
                    os.killpg(pid, signal.SIGKILL)
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    del running[pid]
                    yield key, status
            time.sleep(0.02)
    finally:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)


def _fork(log, function, arguments):
    """Call a function in a forked process, and return its process ID."""
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    status = 1
    with contextlib.suppress(BaseException):
        status = int(function(*arguments))
    os._exit(status)
