"""Load a dataset from the cache, from the network, or generate a synthetic one."""

import sys

from mlcourse._core import checks
from mlcourse.datasets import cache, catalog, sources
from mlcourse.datasets.catalog import (
    SYNTHETIC,
    SYNTHETIC_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    check,
)

SOURCES = {
    "OpenML": sources.fetch_from_openml,
    "Keras mirror": sources.fetch_from_mirror,
}
"""Functions that fetch a dataset, by the names of its sources, the first one first."""

_announced: set[str] = set()


def load(name: str, synthetic: bool = False) -> Dataset:
    """Load a dataset from the cache, or download it.

    Sources are tried in this order: the cache (`MLCOURSE_DATA`, else the platform's cache folder),
    OpenML, the mirror of `keras.datasets`. Downloads are checked and saved in the cache. With
    `MLCOURSE_OFFLINE=1` nothing is downloaded.

    Args:
        name: "fashion_mnist", "mnist" or "cifar10".
        synthetic: whether to return generated images if no source has the dataset. They have the
            same shapes and class names, are reproducible, and are marked: `source` is "synthetic",
            and `title` begins with "Synthetic".

    Returns:
        A `Dataset` of uint8 arrays.

    Raises:
        ValueError: for an unknown name, or if the cache folder is a file.
        PermissionError: if the cache, or the dataset's file in it, is not readable.
        DatasetUnavailable: if no source has the dataset; the message lists what was tried, and
            remedies.

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
        pass  # fetch reads the cache again, under its lock, and reports the error
    try:
        return fetch(name)
    except DatasetUnavailable as error:
        if not synthetic:
            remedy = f'Or use generated images: datasets.load("{name}", synthetic=True)'
            raise DatasetUnavailable(f"{error}\n{remedy}") from None
        return _generate(entry, error)


def fetch(name: str) -> Dataset:
    """Download a dataset into the cache if it is missing or corrupt, and return it.

    Raises:
        ValueError, PermissionError, DatasetUnavailable: as in `load`.

    Example:
        >>> fetch("svhn")
        Traceback (most recent call last):
        ValueError: dataset must be one of fashion_mnist, mnist, cifar10. Got 'svhn' instead.
    """
    entry = catalog.find(name)
    with cache.lock(entry):
        failures = []
        try:
            return cache.read(entry)
        except FileNotFoundError:
            failures.append("cache: not downloaded")
        except DatasetCorrupt as error:
            failures.append(f"cache: {error}")
        dataset = _download(entry, failures)
        if dataset is not None:
            return _save(entry, dataset)
    tried = "\n  ".join([f"Could not load {entry.title}. Tried:", *failures])
    raise DatasetUnavailable(f"{tried}\n{_remedy(name)}")


def _remedy(name):
    """Return what to do if no source has a dataset; not what was just tried."""
    copy = f"copy {name}.npz from another computer into {cache.folder()}"
    if checks.is_set("MLCOURSE_OFFLINE"):
        return f"To download it, unset MLCOURSE_OFFLINE and run: mlcourse data fetch {name}"
    return f"Try again when this computer is connected to the network, or {copy}"


def _download(entry, failures):
    """Return the dataset from the first source that has it, or None.

    The reason of each failure is appended to `failures`.
    """
    if checks.is_set("MLCOURSE_OFFLINE"):
        failures.append("network: not used, because MLCOURSE_OFFLINE is set")
        return None
    for source in SOURCES:
        print(f"Requesting {entry.title} from {source}", file=sys.stderr)
        dataset = _try_source(source, entry, failures)
        if dataset is not None:
            return dataset
    return None


def _try_source(source, entry, failures):
    """Return the dataset from a source, or None and append the error to `failures`."""
    try:
        with cache.scratch_folder(entry) as folder:
            arrays = SOURCES[source](entry, folder)
        check(entry, arrays)
    except Exception as error:  # clients raise many types; the next source is tried
        failures.append(f"{source}: {cache.download_failure(error)}")
        return None
    return Dataset(**arrays, class_names=entry.class_names, source=source, name=entry.name)


def _save(entry, dataset):
    """Save a dataset in the cache if possible, and return it."""
    try:
        cache.write(entry, dataset)
    except OSError as error:
        print(
            f"{entry.title} could not be saved in the cache, so it will be downloaded again: "
            f"{error}",
            file=sys.stderr,
        )
    return dataset


def _generate(entry, error):
    """Return a synthetic dataset; print a notice the first time."""
    from mlcourse.datasets import synthetic

    if entry.name not in _announced:
        _announced.add(entry.name)
        print("\n".join(["=" * 80, SYNTHETIC_NOTICE, str(error), "=" * 80]), file=sys.stderr)
    arrays = synthetic.generate(entry)
    return Dataset(**arrays, class_names=entry.class_names, source=SYNTHETIC, name=entry.name)


def in_cache() -> list[str]:
    """Return the names of the datasets that have a file in the cache, without reading the files.

    Example:
        >>> set(in_cache()) <= {"fashion_mnist", "mnist", "cifar10"}
        True
    """
    return [name for name, entry in catalog.CATALOG.items() if cache.path(entry).is_file()]
