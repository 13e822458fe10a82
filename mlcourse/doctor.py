"""What a machine has and lacks for the lectures; each problem with the command that mends it."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("keras", "numpy", "matplotlib", "scikit-learn", "openml")
RUNNERS = ("nbclient", "nbconvert", "ipykernel", "latex2mathml")
FRONT_ENDS = ("jupyterlab", "ipywidgets")


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        status: "ok", "note" (the lectures run all the same) or "problem" (they do not).
        what: what was found.
        mend: the command that mends it, if something is wrong.
    """

    status: str
    what: str
    mend: str = ""


def examine():
    """Yields a `Finding` for each thing that lectures need: versions, devices, data, notebooks."""
    yield Finding("ok", f"Python {platform.python_version()} on {platform.platform(terse=True)}")
    yield _packages(PACKAGES, "problem", "pip install -e .")
    yield from _devices()
    yield from _data()
    yield _packages(RUNNERS, "problem", 'pip install -e ".[lectures]"')
    yield _packages(FRONT_ENDS, "note", 'pip install -e ".[lab]"')
    yield _kernel()


def _packages(names, status, mend):
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(status, f"missing: {', '.join(missing)}", mend)
    return Finding("ok", ", ".join(found))


def _devices():
    try:
        from mlcourse import devices

        found = devices.configure()
    except Exception as error:  # a backend may fail to import in any way
        what = f"Keras's backend does not start: {type(error).__name__}: {error}"
        yield Finding("problem", what, "pip install -e . (or set KERAS_BACKEND to one you have)")
        return
    yield Finding("ok", str(found))
    if not found.gpus:
        yield Finding("ok", "no GPU in sight: the memory growth that is set waits for one")
    elif not found.memory_growth:
        what = "the GPU's memory is taken whole, so that a second notebook finds none"
        yield Finding("note", what, "unset XLA_PYTHON_CLIENT_PREALLOCATE TF_FORCE_GPU_ALLOW_GROWTH")


def _data():
    from mlcourse.datasets import CATALOGUE, DatasetCorrupt, cache

    try:
        yield Finding("ok", f"data cache: {cache.folder()}")
    except ValueError as error:
        yield Finding("problem", str(error), "unset MLCOURSE_DATA")
        return
    for name, entry in CATALOGUE.items():
        fetch = f"mlcourse data fetch {name}"
        try:
            dataset = cache.read(entry)
            yield Finding("ok", f"{name}: whole (source: {dataset.source})")
        except FileNotFoundError:
            what = f"{name}: not in the cache; lectures fetch it, or run on a stand-in"
            yield Finding("note", what, fetch)
        except DatasetCorrupt as error:
            yield Finding("note", f"{name}: damaged. {error}", fetch)


def _kernel():
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

        KernelSpecManager().get_kernel_spec("python3")
    except (ImportError, NoSuchKernel):
        return Finding("problem", "there is no Jupyter kernel python3", "pip install ipykernel")
    return Finding("ok", "Jupyter kernel python3")
