"""`mlcourse data`: the datasets listed, fetched and verified."""

from mlcourse.cli.commands import add


def data(arguments):
    """List, fetch and verify the datasets.

    Datasets are kept as NAME.npz in the folder that MLCOURSE_DATA names, or else in the
    user's cache folder. MLCOURSE_OFFLINE=1 leaves the network alone.
    """


def data_list(arguments):
    """List the datasets, and which of them are in the cache."""
    from mlcourse.datasets import CATALOG, cache

    for name, entry in CATALOG.items():
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
    from mlcourse.datasets import CATALOG, DatasetCorrupt, cache

    damaged = 0
    for name, entry in CATALOG.items():
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


def add_to(commands):
    """Adds the subcommand and its own ones."""
    of_data = add(commands, "data", data).add_subparsers(required=True, metavar="COMMAND")
    add(of_data, "list", data_list)
    fetch = add(of_data, "fetch", data_fetch)
    fetch.add_argument("names", nargs="+", metavar="NAME", help="as `mlcourse data list` says")
    add(of_data, "verify", data_verify)
    add(of_data, "path", data_path)
