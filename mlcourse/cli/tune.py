"""`mlcourse tune`: a search over hyperparameters, here or on many machines."""

from pathlib import Path

from mlcourse.cli.commands import add

PLAN = ("method", "trials", "epochs", "batch_size", "seed", "objective", "directory")


def tune(arguments):
    """Search hyperparameters in this process, or on workers that run trials at the same time.

    NAME is a search (course, mlp, cnn), or a Python file with `build` and `data`, as
    `mlcourse.tuning.search` takes them. The search is saved in the directory at each moment: the
    same command resumes it, and asks for more trials if --trials says so. With --workers N,
    N processes on this machine run the trials, each on its part of the cores. With --scheduler
    ADDRESS, the workers of a Dask cluster run them; docs/tuning.md describes how to start one, with
    Slurm and Kubernetes too. Whoever can reach a scheduler without TLS can run code on it: use tls://
    with certificates in a network that you share.
    """
    arguments.directory = arguments.directory or f"build/search-{Path(arguments.name).stem}"
    try:
        _tune(arguments)
    except KeyboardInterrupt:
        where = f"the search is in {arguments.directory}"
        raise KeyboardInterrupt(f"interrupted; the same command resumes, {where}") from None
    _show_search(arguments.directory)


def _tune(arguments):
    """Run a whole search."""
    from mlcourse._core import checks

    workers, scheduler = arguments.workers, arguments.scheduler
    if workers is not None:
        checks.integer("workers", workers, 1)
        if scheduler is not None:
            rule = "scheduler must not be given together with workers"
            raise ValueError(f"{rule}. Got {scheduler!r} and {workers!r} instead.")
    plan = _plan(arguments)
    from mlcourse.tuning import pools
    from mlcourse.tuning.search import run

    if workers is not None:
        with pools.local(workers) as client:
            run(plan, client, workers)
    elif scheduler is not None:
        certificates = (arguments.tls_ca_file, arguments.tls_cert, arguments.tls_key)
        with pools.existing(scheduler, certificates) as client:
            run(plan, client)
    else:
        run(plan)


def _plan(arguments):
    """Returns the `Plan` of the search that a command describes."""
    from mlcourse import devices

    devices.configure()
    from mlcourse.tuning import spaces
    from mlcourse.tuning.plan import Plan

    build, data = spaces.find(arguments.name, arguments.data, arguments.examples)
    settings = {name: getattr(arguments, name) for name in PLAN}
    return Plan(build, data, callbacks=[], **settings)


def _show_search(directory):
    """Prints a search's trials, and where to find more."""
    from mlcourse.tuning import search_file

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
    option("--workers", type=int, metavar="N", help="run trials in N processes on this machine")
    option("--scheduler", metavar="ADDRESS", help="run trials on a Dask cluster, tls://HOST:PORT")
    for name, what in (
        ("ca-file", "the certificate of the cluster's authority, a PEM file"),
        ("cert", "the certificate of this command, for tls://"),
        ("key", "the key of this command, for tls://"),
    ):
        option(f"--tls-{name}", metavar="FILE", help=what)
