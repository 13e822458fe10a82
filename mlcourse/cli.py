"""The command `mlcourse`: one function a subcommand, each a few calls of the public API."""

import argparse
import sys
import webbrowser

from mlcourse import __version__


def main(argv=None):
    """Runs the command with these arguments and returns its exit status."""
    from mlcourse.datasets import DatasetCorrupt, DatasetUnavailable
    from mlcourse.lectures import LectureFailed

    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError, DatasetCorrupt, DatasetUnavailable, LectureFailed) as error:
        print(f"mlcourse: {error}", file=sys.stderr)
        return 1


def lecture(arguments):
    """Runs a lecture and says where its page is and what it found."""
    from mlcourse import lectures
    from mlcourse.lectures import report

    done = lectures.run(arguments.name, arguments.quick, arguments.data, arguments.out)
    facts = done.facts
    print(f"\n{done.lecture.title}: {facts['mode']}, {done.seconds:.0f} s")
    print(f"Page:   {done.page}\nDevice: {facts['device']}\nData:   {facts['data']}\n")
    print("\n".join(report.lines(facts["rows"])))
    if facts["stand_in"]:
        print("\nSTAND-IN DATA: generated pictures. Do not report these figures.")
    if arguments.open:
        webbrowser.open(done.page.resolve().as_uri())


def list_lectures(arguments):
    """Lists the lectures."""
    from mlcourse import lectures

    for found in lectures.catalogue().values():
        print(f"{found.name}: {found.title}\n    {found.summary}")


def data_list(arguments):
    """Lists the datasets, and which of them are in the cache."""
    from mlcourse.datasets import CATALOGUE, cache

    for name, entry in CATALOGUE.items():
        path = cache.path(entry)
        state = (
            f"{path.stat().st_size / 1e6:.0f} MB in the cache" if path.is_file() else "not there"
        )
        print(f"{name:15}{entry.title:15}{state}")


def data_fetch(arguments):
    """Brings datasets into the cache."""
    from mlcourse import datasets

    for name in arguments.names:
        datasets.find(name)
    for name in arguments.names:
        print(datasets.fetch(name))


def data_verify(arguments):
    """Reads every file in the cache, which compares all its sums."""
    from mlcourse.datasets import CATALOGUE, DatasetCorrupt, cache

    damaged = 0
    for name, entry in CATALOGUE.items():
        try:
            print(f"{name}: whole, {cache.read(entry).source}")
        except FileNotFoundError:
            print(f"{name}: not in the cache")
        except DatasetCorrupt as error:
            damaged += 1
            print(f"{name}: damaged. {error}\n    mend it with: mlcourse data fetch {name}")
    return int(damaged > 0)


def data_path(arguments):
    """Prints the cache folder."""
    from mlcourse.datasets import cache

    print(cache.folder())


def doctor(arguments):
    """Says what this machine has and lacks for the lectures."""
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
    _add_lecture(
        _add(
            commands,
            "lecture",
            lecture,
            "run a lecture and write it as a page",
            """
        Runs a lecture's notebook without a browser and writes it as one HTML page that
        needs no network. A bar shows the cell and, within it, the fit; at the end come the
        page's path, the device, the source of the data and the lecture's figures. Exit
        status 1 if a cell fails: the page then shows where.""",
        )
    )
    _add(commands, "lectures", list_lectures, "list the lectures")
    _add_data(
        _add(
            commands,
            "data",
            None,
            "list, fetch and verify the datasets",
            """
        Datasets are kept as NAME.npz in the folder that MLCOURSE_DATA names, or else in the
        user's cache folder. MLCOURSE_OFFLINE=1 leaves the network alone.""",
        )
    )
    _add(
        commands,
        "doctor",
        doctor,
        "say what this machine has and lacks",
        """
        Looks at versions, the backend, devices and GPU memory, the data cache and the notebook
        front end, and gives for each problem the command that mends it. A note does not
        stop a lecture; exit status 1 if a problem does.""",
    )
    return parser


def _add(commands, name, run, summary, description=None):
    parser = commands.add_parser(name, help=summary, description=description or f"{summary}.")
    parser.set_defaults(run=run)
    return parser


def _add_lecture(parser):
    parser.add_argument(
        "name",
        nargs="?",
        default="neural-networks",
        metavar="NAME",
        help="one that `mlcourse lectures` lists (default: %(default)s)",
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
    parser.add_argument("--data", metavar="DIR", help="the folder of the datasets")
    parser.add_argument(
        "--out", metavar="DIR", default="build", help="where the page goes (default: %(default)s)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def _add_data(parser):
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "list", data_list, "list the datasets and which are in the cache")
    fetch = _add(
        commands,
        "fetch",
        data_fetch,
        "bring datasets into the cache, with a network",
        """
        Downloads each dataset from OpenML, or else from the mirror that Keras uses, checks
        it and keeps it. One that is there and whole is left alone.""",
    )
    fetch.add_argument("names", nargs="+", metavar="NAME", help="as `mlcourse data list` says")
    _add(commands, "verify", data_verify, "compare the check sums of all that is in the cache")
    _add(commands, "path", data_path, "print the cache folder")
