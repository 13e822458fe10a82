"""Add a subcommand to a parser."""

import argparse
import inspect


def add(commands, name, run):
    """Add a subcommand, and return its parser.

    The first line of the function's docstring is its line in the list of commands; the whole
    docstring is its help.

    Args:
        commands: the subparsers of an `argparse.ArgumentParser`.
        name: name of the subcommand.
        run: function that takes the parsed arguments and returns an exit status or None.
    """
    help_text = inspect.getdoc(run)
    first_line = help_text.splitlines()[0].rstrip(".")
    parser = commands.add_parser(name, help=first_line, description=help_text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run)
    return parser
