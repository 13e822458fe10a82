"""The command `mlcourse`: one function a subcommand, whose docstring is its help."""

import argparse
import inspect
import sys
import webbrowser
from pathlib import Path

from mlcourse import __version__

PLAN = ("method", "trials", "epochs", "batch_size", "seed", "objective", "directory")
SEARCH = (*PLAN, "data", "examples")  # the options that describe a search


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
    from mlcourse.search_file import SearchBusy
    from mlcourse.workers import WorkersFailed

    datasets = DatasetCorrupt, DatasetUnavailable
    return ValueError, OSError, *datasets, LectureFailed, SearchBusy, WorkersFailed


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


def app(arguments):
    """Serve a lecture, or a picture with controls, as an app in a browser.

    NAME is a lecture, or a function of mlcourse.interactive that needs no arguments, such as
    network_size. The app shows results and controls, but no code. It is for this machine alone,
    and for those who have the address that is printed. Each visitor has a kernel of his own, in
    which the lecture is run from its start. Ctrl-C ends it. Needs Voila.
    """
    from mlcourse.lectures import app

    app.serve(arguments.name, arguments.quick, arguments.data, arguments.port, arguments.browser)


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


def tune(arguments):
    """Search hyperparameters, here, with workers on this machine, or on many machines.

    NAME is a search (course, mlp, cnn), or a Python file with `build` and `data`, as
    `mlcourse.tuning.search` takes them. All that is known is in the directory at each moment: the
    same command goes on where it was stopped, and asks for more trials if --trials says so. With
    --workers N a chief and N workers run on this machine, each worker on its share of the
    cores, and are started again if they are killed. On several machines, with one directory
    that all of them see, run the same command with --role chief on one and --role worker --id K
    on the others; docs/tuning.md has scripts for Slurm and Kubernetes. The chief listens on
    this machine alone unless --chief names another address; it knows no passwords.
    """
    arguments.directory = arguments.directory or f"build/search-{Path(arguments.name).stem}"
    try:
        (_tune_in_role if arguments.role else _tune_here)(arguments)
    except KeyboardInterrupt:
        where = f"the search is in {arguments.directory}"
        raise KeyboardInterrupt(f"interrupted; the same command goes on, {where}") from None


def _tune_here(arguments):
    """Runs a whole search on this machine and shows what came of it."""
    if arguments.workers is None:
        plan = _plan(arguments)
        from mlcourse.tuning.search import run_here

        run_here(plan)
    else:
        from mlcourse import workers

        where, trials = arguments.directory, arguments.trials
        workers.supervise(_search_arguments(arguments), where, arguments.workers, trials)
    _show_search(arguments.directory)


def _tune_in_role(arguments):
    """Runs the part of a search that one process of many has."""
    from mlcourse import addresses, checks, processes, search_file

    processes.watch_keeper()
    address, directory, trials = arguments.chief, arguments.directory, arguments.trials
    count = checks.integer("workers", arguments.workers, 1)
    number = checks.integer("id", arguments.id, 0, count - 1)
    patience = checks.number("wait", arguments.wait, 0)
    addresses.split(address)
    if arguments.role == "worker" and not processes.is_supervised():
        if search_file.over(directory, trials):
            print(f"nothing is left to do: {search_file.read(directory).status()}")
            return
        addresses.knock(address, patience)
    plan = _plan(arguments)
    from mlcourse.tuning import chief

    if arguments.role == "chief":
        chief.serve(plan, address, count)
    else:
        chief.work(plan, address, number)


def _plan(arguments):
    """Returns the `Plan` of the search that a command describes."""
    from mlcourse import devices

    devices.configure()
    from mlcourse.tuning import named
    from mlcourse.tuning.plan import Plan

    build, data = named.find(arguments.name, arguments.data, arguments.examples)
    settings = {name: getattr(arguments, name) for name in PLAN}
    return Plan(build, data, callbacks=[], **settings)


def _search_arguments(arguments):
    """Returns a command's arguments that describe its search."""
    given = ["tune", arguments.name]
    for name in SEARCH:
        value = getattr(arguments, name)
        given += [] if value is None else [f"--{name.replace('_', '-')}", str(value)]
    return given


def _show_search(directory):
    """Prints a search's trials, and where to find more."""
    from mlcourse import search_file

    found = search_file.read(directory)
    print(found)
    print(f"\nTable:        {found.to_csv(Path(directory) / 'trials.csv')}")
    if found.best:
        print(f"Best weights: {search_file.trial_folder(directory, found.best.number)}")


def _parser():
    parser = argparse.ArgumentParser(prog="mlcourse", description="Lectures on neural networks.")
    parser.add_argument("--version", action="version", version=f"mlcourse {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_lecture_options(_add(commands, "lecture", lecture))
    _add(commands, "lectures", list_lectures)
    _add_app_options(_add(commands, "app", app))
    of_data = _add(commands, "data", data).add_subparsers(required=True, metavar="COMMAND")
    _add(of_data, "list", data_list)
    fetch = _add(of_data, "fetch", data_fetch)
    fetch.add_argument("names", nargs="+", metavar="NAME", help="as `mlcourse data list` says")
    _add(of_data, "verify", data_verify)
    _add(of_data, "path", data_path)
    _add_tune_options(_add(commands, "tune", tune))
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
    _add_run_options(parser)
    add("--out", metavar="DIR", default="build", help="where the page goes (default: %(default)s)")
    add("--open", action="store_true", help="open the page in a browser")


def _add_app_options(parser):
    add = parser.add_argument
    add("name", metavar="NAME", help="a lecture, or an interactive such as network_size")
    _add_run_options(parser)
    add("--port", type=int, default=0, help="where to listen (default: a port that is free)")
    add("--no-browser", dest="browser", action="store_false", help="only print the address")


def _add_run_options(parser):
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
    parser.add_argument(
        "--data", metavar="DIR", help="the folder of the datasets (default: see `mlcourse data`)"
    )


def _add_tune_options(parser):
    add = parser.add_argument
    add("name", metavar="NAME", help="course, mlp, cnn, or FILE.py")
    add("--method", default="random", help="random, hyperband or bayesian (default: %(default)s)")
    for name, default, what in (
        ("trials", 10, "how many settings to try"),
        ("epochs", 5, "epochs of a trial; for hyperband the most of one"),
        ("batch-size", 32, "examples a batch"),
        ("seed", 0, "the same one gives the same settings"),
    ):
        add(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    add("--objective", default="val_accuracy", help="what to judge by (default: %(default)s)")
    add(
        "--data",
        default="fashion_mnist",
        help="the dataset; not for FILE.py (default: %(default)s)",
    )
    add("--examples", type=int, metavar="N", help="so many of its pictures (default: all)")
    add("--directory", metavar="DIR", help="where all is kept (default: build/search-NAME)")
    add("--workers", type=int, metavar="N", help="run a chief and N workers")
    add("--role", choices=("chief", "worker"), help="be one of those, on one of many machines")
    add("--id", type=int, default=0, metavar="K", help="which worker this is, from 0 to N - 1")
    add(
        "--chief",
        default="127.0.0.1:9000",
        metavar="HOST:PORT",
        help="where the chief listens (default: %(default)s, this machine alone)",
    )
    add(
        "--wait",
        type=float,
        default=10,
        metavar="SECONDS",
        help="how long a worker waits for a chief at its start (default: %(default)s)",
    )
