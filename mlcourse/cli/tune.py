"""`mlcourse tune`: a search over hyperparameters, here or on many machines."""

from pathlib import Path

from mlcourse.cli.commands import add

PLAN = ("method", "trials", "epochs", "batch_size", "seed", "objective", "directory")
SEARCH = (*PLAN, "data", "examples")  # the options that describe a search


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


def add_to(commands):
    """Adds the subcommand."""
    option = add(commands, "tune", tune).add_argument
    option("name", metavar="NAME", help="course, mlp, cnn, or FILE.py")
    option(
        "--method", default="random", help="random, hyperband or bayesian (default: %(default)s)"
    )
    for name, default, what in (
        ("trials", 10, "how many settings to try"),
        ("epochs", 5, "epochs of a trial; for hyperband the most of one"),
        ("batch-size", 32, "examples a batch"),
        ("seed", 0, "the same one gives the same settings"),
    ):
        option(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    option("--objective", default="val_accuracy", help="what to judge by (default: %(default)s)")
    option(
        "--data",
        default="fashion_mnist",
        help="the dataset; not for FILE.py (default: %(default)s)",
    )
    option("--examples", type=int, metavar="N", help="so many of its pictures (default: all)")
    option("--directory", metavar="DIR", help="where all is kept (default: build/search-NAME)")
    option("--workers", type=int, metavar="N", help="run a chief and N workers")
    option("--role", choices=("chief", "worker"), help="be one of those, on one of many machines")
    option("--id", type=int, default=0, metavar="K", help="which worker this is, from 0 to N - 1")
    option(
        "--chief",
        default="127.0.0.1:9000",
        metavar="HOST:PORT",
        help="where the chief listens (default: %(default)s, this machine alone)",
    )
    option(
        "--wait",
        type=float,
        default=10,
        metavar="SECONDS",
        help="how long a worker waits for a chief at its start (default: %(default)s)",
    )
