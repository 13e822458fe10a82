"""The command `mlcourse`: one function per subcommand, whose docstring is its help."""

import argparse
import contextlib
import os
import signal
import sys

from mlcourse import __version__
from mlcourse._core import files
from mlcourse._core.tables import terminal_text
from mlcourse.cli import data, doctor, exercises, lectures, tune
from mlcourse.cli.commands import add_group

DESCRIPTION = """Run lectures on neural networks, write them as pages, slides or apps, write and
grade their exercises, manage their datasets, and search hyperparameters. `mlcourse COMMAND --help`
describes a command."""
BACKENDS = ("jax", "torch")  # also names of extras


def command():
    """Run the command as a process, which ends with the exit status of `main`.

    Its work is done then: a further Ctrl-C ends the process at once, without a traceback.
    """
    status = main()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(status)


def main(argv=None):
    """Run the command with these arguments, and return its exit status.

    SIGTERM and SIGHUP end it like Ctrl-C: what is done so far is saved.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for terminals without Unicode
    arguments = _parser().parse_args(argv)
    try:
        with files.handle_interrupts(signal.default_int_handler), _data_folder(arguments):
            status = arguments.run(arguments) or 0
            sys.stdout.flush()
            return status
    except KeyboardInterrupt as interrupt:
        print(f"mlcourse: {_message(interrupt) or 'interrupted'}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output, for example `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        print(f"mlcourse: {_missing(error.name, arguments.extras)}", file=sys.stderr)
        return 1
    except MemoryError as error:
        rule = "the command needs more memory; close other programs, or raise the limit (ulimit -v)"
        print(f"mlcourse: {rule}. Got: {_message(error) or 'no more'}", file=sys.stderr)
        return 1
    except Exception as error:
        if not isinstance(error, _user_errors()):
            raise
        print(f"mlcourse: {_message(error)}", file=sys.stderr)
        return 1


@contextlib.contextmanager
def _data_folder(arguments):
    """Set MLCOURSE_DATA to the folder of `--data`, if it is given, within a `with` block."""
    if getattr(arguments, "data", None) is None:
        yield
        return
    from mlcourse.datasets import cache

    folder = str(cache.data_folder(arguments.data))
    previous = os.environ.get("MLCOURSE_DATA")
    os.environ["MLCOURSE_DATA"] = folder
    try:
        yield
    finally:
        if previous is None:
            del os.environ["MLCOURSE_DATA"]
        else:
            os.environ["MLCOURSE_DATA"] = previous


def _missing(module, extras):
    """Return the message for a module that is not installed: which one, and pip's command."""
    extra = module if module in BACKENDS else extras
    requirement = f"mlcourse[{extra}]" if extra else "mlcourse"
    command = f'{sys.executable} -m pip install "{requirement}"'
    return f"this command needs the package {module}. To install it, run: {command}"


def _message(error):
    """Return the message of an error, which may quote text from data, for a terminal."""
    return terminal_text(error, keep="\n")


def _user_errors():
    """Return the exceptions whose message is enough for a user; others show a traceback."""
    from mlcourse.datasets import DatasetCorrupt, DatasetUnavailable
    from mlcourse.lectures import LectureFailed

    return ValueError, OSError, DatasetCorrupt, DatasetUnavailable, LectureFailed


def _parser():
    """Return the parser of the command and its subcommands."""
    parser = argparse.ArgumentParser(prog="mlcourse", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"mlcourse {__version__}")
    commands = add_group(parser)
    for module in (lectures, exercises, data, tune, doctor):
        module.add_to(commands)
    return parser
