"""`mlcourse data`: list, fetch and verify the datasets."""

from mlcourse._core.tables import terminal_text
from mlcourse.cli.commands import add, add_data_option, add_group


def data(arguments):
    """List, fetch and verify the datasets.

    Datasets are saved as NAME.npz in the folder that `--data` or MLCOURSE_DATA names, or else in
    the user's cache folder. With MLCOURSE_OFFLINE=1 the network is not used.
    """


def data_list(arguments):
    """List the datasets, and show which ones are downloaded."""
    from mlcourse.datasets import CATALOG, cache

    for name, entry in CATALOG.items():
        path = cache.path(entry)
        state = "not downloaded"
        if path.is_file():
            state = f"{path.stat().st_size / 1e6:.0f} MB"
        print(f"{name:15}{entry.title:15}{state}")


def data_fetch(arguments):
    """Download datasets into the cache.

    Downloads each dataset from OpenML, or else from the mirror that Keras uses, checks it and
    saves it. A valid file in the cache is not downloaded again.
    """
    from mlcourse import datasets

    names = [datasets.find(name).name for name in arguments.names] or list(datasets.CATALOG)
    for name in names:
        print(datasets.fetch(name))


def data_verify(arguments):
    """Read the datasets in the cache, and compare their checksums.

    CIFAR-10 has no published checksums: its shapes, dtypes and class counts are compared. The exit
    status is 1 if a file is damaged.
    """
    from mlcourse.datasets import CATALOG, DatasetCorrupt, cache

    status = 0
    for name, entry in CATALOG.items():
        try:
            source = cache.read(entry).source
        except FileNotFoundError:
            print(f"{name}: not downloaded")
        except DatasetCorrupt as error:
            status = 1
            print(f"{name}: damaged. {error}\n    to fix it, run: mlcourse data fetch {name}")
        else:
            compared = "checksums" if entry.sha256 else "shapes and class counts"
            print(f"{name}: {compared} match, source: {terminal_text(source)}")
    return status


def data_path(arguments):
    """Print the path of the cache folder."""
    from mlcourse.datasets import cache

    print(cache.folder())


def add_to(commands):
    """Add `data` and its subcommands."""
    subcommands = add_group(add(commands, "data", data))
    functions = {
        "list": data_list,
        "fetch": data_fetch,
        "verify": data_verify,
        "path": data_path,
    }
    parsers = {name: add(subcommands, name, function) for name, function in functions.items()}
    for parser in parsers.values():
        add_data_option(parser)
    parsers["fetch"].add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a dataset that `mlcourse data list` lists (default: all)",
    )
