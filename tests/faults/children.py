"""Child processes that are killed, or run out of disk space, at a chosen moment."""

import itertools
import multiprocessing
import os
import resource
import signal
import sys

TIMEOUT = 120  # seconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["keras", "nbconvert", "tests.faults.writers", "mlcourse.tuning"])


def run(function, *arguments, **variables):
    """Call a function in a child process.

    Args:
        function: the function.
        arguments: its arguments.
        variables: additional environment variables.

    Returns:
        The exit status of the process and the result of the function. If the function raises, 1 and
        the error as text; if the process is killed, minus the signal's number and None.
    """
    receiver, sender = CONTEXT.Pipe()
    child = CONTEXT.Process(target=_send_result, args=(sender, function, arguments, variables))
    child.start()
    sender.close()
    assert receiver.poll(TIMEOUT), f"{function.__name__} did not end"
    try:
        result = receiver.recv()
    except EOFError:  # the process was killed
        result = None
    child.join(TIMEOUT)
    return child.exitcode, result


def _send_result(pipe, function, arguments, variables):
    os.environ.update(variables)
    try:
        pipe.send(function(*arguments))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        sys.exit(1)


def die_at(owner, name, call=1, after=False):
    """Kill this process before or after the given call of a function or method."""
    function, calls = getattr(owner, name), itertools.count(1)

    def killed(*arguments, **options):
        number = next(calls)
        if number == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **options)
        if number == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killed)


def die_at_byte(size):
    """Kill this process as soon as it writes a file of more than `size` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_file_size(size)


def limit_file_size(size):
    """Let writes of more than `size` bytes to a file fail, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
