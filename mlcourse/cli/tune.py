"""`mlcourse tune`: search hyperparameters, on this machine or on a cluster."""

from pathlib import Path

from mlcourse.cli.commands import add, add_data_option

SETTINGS = ("method", "trials", "epochs", "batch_size", "objective", "seed", "directory")


def tune(arguments):
    """Search hyperparameters, in this process or on parallel workers.

    NAME is a search (course, mlp, cnn), or a Python file that defines `build` and `data`, as
    `mlcourse.tuning.search` takes them. The search is saved in the directory continuously: the
    same command resumes it, and adds trials if --trials is larger. With --workers N, N processes on
    this machine run the trials, each on its part of the cores. With --scheduler ADDRESS, the
    workers of a Dask cluster run them; docs/tuning.md describes how to start one, also with Slurm
    and Kubernetes. Everybody who can reach a scheduler without TLS can run code on it: use tls://
    in a shared network, with certificates in Dask's configuration.
    """
    arguments.directory = arguments.directory or f"build/search-{Path(arguments.name).stem}"
    try:
        _tune(arguments)
    except KeyboardInterrupt:
        where = f"the search is in {arguments.directory}"
        raise KeyboardInterrupt(f"interrupted; the same command resumes, {where}") from None
    _print_search(arguments.directory)


def _tune(arguments):
    """Run the search on the workers that the arguments name."""
    from mlcourse import devices

    devices.configure()
    from mlcourse.tuning import pools, spaces
    from mlcourse.tuning.search import check_settings, search

    settings = {name: getattr(arguments, name) for name in SETTINGS}
    check_settings(**settings)
    source = arguments.dataset, arguments.examples, arguments.synthetic
    with pools.connect(arguments.workers, arguments.scheduler) as client:
        build, data = spaces.find(arguments.name, *source)
        search(build, data, client=client, **settings)


def _print_search(directory):
    """Print the trials of a search, and the paths of its table and best weights."""
    from mlcourse.tuning import search_file

    result = search_file.read(directory)
    print(result)
    print(f"\nTable:        {result.to_csv(Path(directory) / 'trials.csv')}")
    if result.best:
        print(f"Best weights: {search_file.trial_folder(directory, result.best.number)}")


def add_to(commands):
    """Add `tune`."""
    parser = add(commands, "tune", tune)
    add_argument = parser.add_argument
    add_argument("name", metavar="NAME", help="course, mlp, cnn, or FILE.py")
    add_argument(
        "--method", default="random", help="random, hyperband or bayesian (default: %(default)s)"
    )
    for name, default, meaning in (
        ("trials", 10, "number of trials"),
        ("epochs", 5, "epochs per trial; for hyperband the maximum"),
        ("batch-size", 32, "examples per batch"),
        ("seed", 0, "seed of the sampled hyperparameters"),
    ):
        add_argument(
            f"--{name}", type=int, default=default, help=f"{meaning} (default: %(default)s)"
        )
    add_argument(
        "--objective", default="val_accuracy", help="metric to optimize (default: %(default)s)"
    )
    add_argument(
        "--dataset",
        metavar="NAME",
        default="fashion_mnist",
        help="the dataset; not for FILE.py (default: %(default)s)",
    )
    add_data_option(parser)
    add_argument(
        "--synthetic", action="store_true", help="use generated images if there is no dataset"
    )
    add_argument(
        "--examples", type=int, metavar="N", help="use only N of its examples (default: all)"
    )
    add_argument(
        "--directory", metavar="DIR", help="folder of the search (default: build/search-NAME)"
    )
    add_argument("--workers", type=int, metavar="N", help="run trials in N processes here")
    add_argument(
        "--scheduler", metavar="ADDRESS", help="run trials on a Dask cluster, tls://HOST:PORT"
    )
