"""The command `mlcourse`: one function a subcommand, whose docstring is its help."""

import argparse
import inspect
import sys
import webbrowser

from mlcourse import __version__


def main(argv=None):
    """Runs the command with these arguments and returns its exit status."""
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

    return ValueError, OSError, DatasetCorrupt, DatasetUnavailable, LectureFailed


def lecture(arguments):
    """Run a lecture and write it as a page.

    Runs a lecture's notebook without a browser and writes it as one HTML page that
    needs no network. A bar shows the cell and, within it, the fit; at the end come the
    page's path, the device, the source of the data and the lecture's figures. Exit
    status 1 if a cell fails, 130 after Ctrl-C: the page then shows how far it came.
    """
    from mlcourse import lectures
    from mlcourse.datasets import STAND_IN_NOTICE
    from mlcourse.lectures import report

    done = lectures.run(arguments.name, arguments.quick, arguments.data, arguments.out)
    print(f"\n{done.lecture.title}, {done.seconds:.0f} s\nPage:   {done.page}")
    for fact in ("mode", "device", "data"):
        print(f"{fact.capitalize() + ':':8}{done.facts.get(fact, 'not reported')}")
    print("", *report.lines(done.facts.get("rows", [])), sep="\n")
    if done.facts.get("stand_in"):
        print(f"\n{STAND_IN_NOTICE}")
    if arguments.open:
        webbrowser.open(done.page.resolve().as_uri())


def list_lectures(arguments):
    """List the lectures."""
    from mlcourse import lectures

    for found in lectures.catalogue().values():
        print(f"{found.name}: {found.title}\n    {found.summary}")


def data(arguments):
    """List, fetch and verify the datasets.

    Datasets are kept as NAME.npz in the folder that MLCOURSE_DATA names, or else in the
    user's cache folder. MLCOURSE_OFFLINE=1 leaves the network alone.
    """


def data_list(arguments):
    """List the datasets, and which of them are in the cache."""
    from mlcourse.datasets import CATALOGUE, cache

    for name, entry in CATALOGUE.items():
        path = cache.path(entry)
        state = (
            f"{path.stat().st_size / 1e6:.0f} MB in the cache" if path.is_file() else "not there"
        )
        print(f"{name:15}{entry.title:15}{state}")


def data_fetch(arguments):
    """Bring datasets into the cache, with a network.

    Downloads each dataset from OpenML, or else from the mirror that Keras uses, checks
    it and keeps it. One that is there and whole is left alone.
    """
    from mlcourse import datasets

    for name in arguments.names:
        datasets.find(name)
    for name in arguments.names:
        print(datasets.fetch(name))


def data_verify(arguments):
    """Read all that is in the cache, and compare its check sums.

    For CIFAR-10 no sums are known: shapes, types and class counts are compared. Exit
    status 1 if a file is damaged.
    """
    from mlcourse.datasets import CATALOGUE, DatasetCorrupt, cache

    damaged = 0
    for name, entry in CATALOGUE.items():
        try:
            source = cache.read(entry).source
            print(f"{name}: {'whole' if entry.sha256 else 'as it should be'}, source: {source}")
        except FileNotFoundError:
            print(f"{name}: not in the cache")
        except DatasetCorrupt as error:
            damaged += 1
            print(f"{name}: damaged. {error}\n    mend it with: mlcourse data fetch {name}")
    return int(damaged > 0)


def data_path(arguments):
    """Print the cache folder."""
    from mlcourse.datasets import cache

    print(cache.folder())


def doctor(arguments):
    """Say what this machine has and lacks for the lectures.

    Looks at versions, the backend, devices and GPU memory, the data cache and the notebook
    front end, and gives for each problem the command that mends it. A note does not
    stop a lecture; exit status 1 if a problem does.
    """
    from mlcourse.doctor import examine

    status = 0
    for finding in examine():
        print(f"{finding.status:8} {finding.what}")
        if finding.mend:
            print(f"{'':8} mend it with: {finding.mend}")
        status |= finding.status == "problem"
    return int(status)


def _parser():
    parser = argparse.ArgumentParser(prog="mlcourse", description="Lectures on neural networks.")
    parser.add_argument("--version", action="version", version=f"mlcourse {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_lecture_options(_add(commands, "lecture", lecture))
    _add(commands, "lectures", list_lectures)
    of_data = _add(commands, "data", data).add_subparsers(required=True, metavar="COMMAND")
    _add(of_data, "list", data_list)
    fetch = _add(of_data, "fetch", data_fetch)
    fetch.add_argument("names", nargs="+", metavar="NAME", help="as `mlcourse data list` says")
    _add(of_data, "verify", data_verify)
    _add(of_data, "path", data_path)
    _add(commands, "doctor", doctor)
    return parser


def _add(commands, name, run):
    """Adds a subcommand: its help is the first line of the function's docstring, then all of it."""
    text = inspect.getdoc(run)
    parser = commands.add_parser(name, help=text.splitlines()[0].rstrip("."), description=text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(run=run)
    return parser


def _add_lecture_options(parser):
    add = parser.add_argument
    add(
        "name",
        nargs="?",
        default="neural-networks",
        metavar="NAME",
        help="as `mlcourse lectures` lists them (default: %(default)s)",
    )
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--quick",
        action="store_true",
        default=True,
        help="fewer pictures and epochs, under 90 s on 2 cores (the default)",
    )
    speed.add_argument(
        "--full",
        dest="quick",
        action="store_false",
        help="every picture and epoch, as the lecture says",
    )
    add("--data", metavar="DIR", help="the folder of the datasets (default: see `mlcourse data`)")
    add("--out", metavar="DIR", default="build", help="where the page goes (default: %(default)s)")
    add("--open", action="store_true", help="open the page in a browser")
