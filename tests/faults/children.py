"""Processes of our own that die, or find no room, at a moment of our choice."""

import itertools
import multiprocessing
import os
import resource
import signal
import sys

WAIT = 120  # seconds, at most
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["keras", "nbconvert", "tests.faults.writers", "mlcourse.tuning"])


def run(function, *arguments, **variables):
    """Calls a function in a process with more variables of the environment.

    Returns:
        The process's exit status, and what the function returned; 1 and its error as text; or
        minus the number of the signal that has killed it, and None.
    """
    ours, its = FORKS.Pipe()
    child = FORKS.Process(target=_answer, args=(its, function, arguments, variables))
    child.start()
    its.close()
    assert ours.poll(WAIT), f"{function.__name__} did not end"
    try:
        said = ours.recv()
    except EOFError:  # it was killed
        said = None
    child.join(WAIT)
    return child.exitcode, said


def _answer(pipe, function, arguments, variables):
    os.environ.update(variables)
    try:
        pipe.send(function(*arguments))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        sys.exit(1)


def die_at(owner, name, call=1, after=False):
    """Has this process killed before, or after, a call of a function or method."""
    function, calls = getattr(owner, name), itertools.count(1)

    def killed(*arguments, **options):
        number = next(calls)
        if number == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = function(*arguments, **options)
        if number == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, killed)


def die_at_byte(size):
    """Has this process killed as soon as a file of its own becomes larger than that."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    no_room_after(size)


def no_room_after(size):
    """Lets no file of this process become larger than that, as if a disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
