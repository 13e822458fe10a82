"""The command `mlcourse`: one function per subcommand, whose docstring is its help."""

import argparse
import os
import sys

from mlcourse import __version__
from mlcourse.cli import data, doctor, lectures, tune
from mlcourse.cli.commands import add_group

DESCRIPTION = """Run lectures on neural networks, write them as pages, slides or apps, manage their
datasets, and search hyperparameters. `mlcourse COMMAND --help` describes a command."""
BACKENDS = ("jax", "torch")  # also names of extras


def main(argv=None):
    """Run the command with these arguments, and return its exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for terminals without Unicode
    arguments = _parser().parse_args(argv)
    try:
        status = arguments.run(arguments) or 0
        sys.stdout.flush()
        return status
    except KeyboardInterrupt as interrupt:
        print(f"mlcourse: {str(interrupt) or 'interrupted'}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output, for example `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        print(f"mlcourse: {_missing(error.name, arguments.extras)}", file=sys.stderr)
        return 1
    except Exception as error:
        if not isinstance(error, _user_errors()):
            raise
        print(f"mlcourse: {error}", file=sys.stderr)
        return 1


def _missing(module, extras):
    """Return the message for a module that is not installed: which one, and pip's command."""
    extra = module if module in BACKENDS else extras
    requirement = f"mlcourse[{extra}]" if extra else "mlcourse"
    command = f'{sys.executable} -m pip install "{requirement}"'
    return f"this command needs the package {module}. To install it, run: {command}"


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
    for module in (lectures, data, tune, doctor):
        module.add_to(commands)
    return parser
