"""`load`: the cache first, then the network, and a stand-in only for those who ask for one."""

import sys

from mlcourse._core import checks
from mlcourse.datasets import cache, catalog, keras_mirror, openml_source
from mlcourse.datasets.catalog import (
    SYNTHETIC,
    SYNTHETIC_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    check,
)

SOURCES = (openml_source, keras_mirror)
_announced: set[str] = set()


def load(name: str, synthetic: bool = False) -> Dataset:
    """Returns a dataset, from the nearest place that has it.

    In order: the cache (`MLCOURSE_DATA`, else the platform's cache folder), OpenML,
    the mirror that `keras.datasets` uses. What arrives is checked and kept in the
    cache. `MLCOURSE_OFFLINE=1` leaves the network alone.

    Args:
        name: "fashion_mnist", "mnist" or "cifar10".
        synthetic: whether generated pictures will do when the real ones are out of reach.
            They have the same shapes and class names, are the same each time, and are
            marked: `source` is "stand-in" and `title` says so.

    Returns:
        A `Dataset` of uint8 arrays.

    Raises:
        ValueError: for an unknown name, or a file where the cache folder should be.
        PermissionError: if the cache, or the dataset's file there, is not for us to read.
        DatasetUnavailable: if no place has it; says what was tried and what mends it.

    Example:
        >>> load("svhn")
        Traceback (most recent call last):
        ValueError: dataset must be one of fashion_mnist, mnist, cifar10. Got 'svhn' instead.
    """
    entry = catalog.find(name)
    checks.flag("synthetic", synthetic)
    try:
        return cache.read(entry)
    except (FileNotFoundError, DatasetCorrupt):
        pass  # fetching reads the cache again, under its lock, and says what was wrong with it
    try:
        return fetch(name)
    except DatasetUnavailable as error:
        if not synthetic:
            raise
        return _synthetic(entry, error)


def fetch(name: str) -> Dataset:
    """Brings a dataset into the cache, unless it is there and whole, and returns it.

    Raises:
        ValueError, PermissionError, DatasetUnavailable: as `load`.

    Example:
        >>> fetch("svhn")
        Traceback (most recent call last):
        ValueError: dataset must be one of fashion_mnist, mnist, cifar10. Got 'svhn' instead.
    """
    entry = catalog.find(name)
    with cache.lock(entry):
        tried = []
        try:
            return cache.read(entry)
        except FileNotFoundError:
            tried.append(f"cache: there is no {cache.path(entry)}")
        except DatasetCorrupt as error:
            tried.append(f"cache: {error}")
        dataset = _from_network(entry, tried)
        if dataset is not None:
            return _keep(entry, dataset)
    raise DatasetUnavailable(
        "\n  ".join([f"{entry.title} is not to be had. Tried:", *tried])
        + f"\nWith a network, run: mlcourse data fetch {name}"
        + f"\nWithout one, copy a {name}.npz into {cache.folder()}, or set MLCOURSE_DATA to the "
        + f'folder that holds it, or take generated pictures: load("{name}", synthetic=True).'
    )


def _from_network(entry, tried):
    """Returns the dataset from the first source that has it; else None, with a line from each."""
    if checks.is_set("MLCOURSE_OFFLINE"):
        tried.append("network: not used, as MLCOURSE_OFFLINE is set")
        return None
    for source in SOURCES:
        print(f"Asking {source.SOURCE} for {entry.title}", file=sys.stderr)
        dataset = _try(source, entry, tried)
        if dataset is not None:
            return dataset
    return None


def _try(source, entry, tried):
    try:
        with cache.scratch_folder(entry) as folder:
            arrays = source.fetch(entry, folder)
        check(entry, arrays)
    except Exception as error:  # a client may raise anything; the next source is asked
        tried.append(f"{source.SOURCE}: {type(error).__name__}: {_first_line(error)}")
        return None
    return Dataset(**arrays, class_names=entry.class_names, source=source.SOURCE, name=entry.name)


def _first_line(error):
    return (str(error).splitlines() or [""])[0][:300]


def _keep(entry, dataset):
    try:
        cache.write(entry, dataset)
    except OSError as error:
        print(
            f"{entry.title} could not be kept in the cache, so it will be fetched again: {error}",
            file=sys.stderr,
        )
    return dataset


def _synthetic(entry, error):
    from mlcourse.datasets import synthetic

    if entry.name not in _announced:
        _announced.add(entry.name)
        print("\n".join(["=" * 80, SYNTHETIC_NOTICE, str(error), "=" * 80]), file=sys.stderr)
    arrays = synthetic.generate(entry)
    return Dataset(**arrays, class_names=entry.class_names, source=SYNTHETIC, name=entry.name)


def in_cache() -> list[str]:
    """Returns the names of the datasets that have a file in the cache; it does not read them.

    Example:
        >>> set(in_cache()) <= {"fashion_mnist", "mnist", "cifar10"}
        True
    """
    return [name for name, entry in catalog.CATALOG.items() if cache.path(entry).is_file()]
