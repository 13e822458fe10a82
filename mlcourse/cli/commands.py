"""Add subcommands to a parser."""

import argparse
import inspect


def add(commands, name, run, extras=""):
    """Add a subcommand, and return its parser.

    The first line of the function's docstring is its line in the list of commands; the whole
    docstring is its help.

    Args:
        commands: the subparsers of an `argparse.ArgumentParser`.
        name: name of the subcommand.
        run: function that takes the parsed arguments and returns an exit status or None.
        extras: the extras of mlcourse that it needs, as text for pip: "lectures,lab".
    """
    help_text = inspect.getdoc(run)
    first_line = help_text.splitlines()[0].rstrip(".")
    parser = commands.add_parser(name, help=first_line, description=help_text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run, extras=extras)
    return parser


def add_data_option(parser):
    """Add `--data`, which `mlcourse.cli.main` sets as MLCOURSE_DATA during the command."""
    parser.add_argument(
        "--data", metavar="DIR", help="the folder of the datasets (default: see `mlcourse data`)"
    )


def add_group(parser):
    """Return new subparsers of a parser, whose help is printed if no subcommand is given."""
    parser.set_defaults(run=lambda _: parser.print_help(), extras="")
    return parser.add_subparsers(title="commands", metavar="COMMAND")
