"""How a subcommand is added."""

import argparse
import inspect


def add(commands, name, run):
    """Adds a subcommand: its help is the first line of the function's docstring, then all of it."""
    text = inspect.getdoc(run)
    parser = commands.add_parser(name, help=text.splitlines()[0].rstrip("."), description=text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run)
    return parser
