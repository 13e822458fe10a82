"""The command `mlcourse`: one function a subcommand, whose docstring is its help."""

import argparse
import sys

from mlcourse import __version__
from mlcourse.cli import data, doctor, lectures, tune


def main(argv=None):
    """Runs the command with these arguments and returns its exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # of a terminal that knows few letters
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except KeyboardInterrupt as interrupt:
        print(f"mlcourse: {str(interrupt) or 'interrupted'}", file=sys.stderr)
        return 130
    except Exception as error:
        if not isinstance(error, _for_the_user()):
            raise
        print(f"mlcourse: {error}", file=sys.stderr)
        return 1


def _for_the_user():
    """The errors whose message says all that a user needs; any other one is a fault of ours."""
    from mlcourse.datasets import DatasetCorrupt, DatasetUnavailable
    from mlcourse.lectures import LectureFailed
    from mlcourse.tuning.search_file import SearchBusy

    datasets = DatasetCorrupt, DatasetUnavailable
    return ValueError, OSError, *datasets, LectureFailed, SearchBusy


def _parser():
    parser = argparse.ArgumentParser(prog="mlcourse", description="Lectures on neural networks.")
    parser.add_argument("--version", action="version", version=f"mlcourse {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (lectures, data, tune, doctor):
        module.add_to(commands)
    return parser
