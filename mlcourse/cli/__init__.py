"""The command `mlcourse`: one function per subcommand, whose docstring is its help."""

import argparse
import sys

from mlcourse import __version__
from mlcourse.cli import data, doctor, exercises, lectures, tune

DESCRIPTION = """Run lectures on neural networks, write them as pages, slides or apps, write and
grade their exercises, manage their datasets, and search hyperparameters. `mlcourse COMMAND --help`
describes a command."""


def main(argv=None):
    """Run the command with these arguments, and return its exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for terminals without Unicode
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except KeyboardInterrupt as interrupt:
        print(f"mlcourse: {str(interrupt) or 'interrupted'}", file=sys.stderr)
        return 130
    except Exception as error:
        if not isinstance(error, _user_errors()):
            raise
        print(f"mlcourse: {error}", file=sys.stderr)
        return 1


def _user_errors():
    """Return the exceptions whose message is enough for a user; others show a traceback."""
    from mlcourse.datasets import DatasetCorrupt, DatasetUnavailable
    from mlcourse.lectures import LectureFailed
    from mlcourse.tuning.search_file import SearchBusy

    return ValueError, OSError, DatasetCorrupt, DatasetUnavailable, LectureFailed, SearchBusy


def _parser():
    """Return the parser of the command and its subcommands."""
    parser = argparse.ArgumentParser(prog="mlcourse", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"mlcourse {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (lectures, exercises, data, tune, doctor):
        module.add_to(commands)
    return parser
