"""The searches that the command line knows by name, and those that a file describes."""

import runpy
import sys
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mlcourse import checks, datasets
from mlcourse.training.preparation import prepare_images, train_validation_split
from mlcourse.tuning import spaces

SPACES = {"course": spaces.course_space, "mlp": spaces.mlp_space, "cnn": spaces.cnn_space}
SHARE = 6  # one picture in so many is held out


def find(name, dataset, examples=None):
    """Returns what a search is made of: a function that builds a model, and its data.

    Args:
        name: a key of `SPACES`; or the path of a Python file that has `build` and `data`, as
            `search` takes them. `data` may be a function without arguments.
        dataset: the pictures to train on, as `mlcourse data list` names them; not for a file.
        examples: how many of them; None for all.

    Raises:
        ValueError: if there is no such search, or a file fails, or lacks one of the two.
        DatasetUnavailable: if the dataset is not in reach.
    """
    if Path(name).suffix == ".py":
        return _of_file(Path(name))
    space = SPACES[checks.choice("NAME", name, [*SPACES, "FILE.py"])]
    pictures = datasets.load(dataset)
    count = len(pictures.x_train)
    examples = count if examples is None else checks.integer("examples", examples, SHARE, count)
    x, y = prepare_images(pictures.x_train[:examples]), pictures.y_train[:examples]
    x, x_validation, y, y_validation = train_validation_split(x, y, examples // SHARE)
    data = {"train": (x, y), "validation": (x_validation, y_validation)}
    return partial(space, input_shape=x.shape[1:]), data


def _of_file(path):
    if not path.is_file():
        raise ValueError(
            f"NAME must be a search, or a file that is there. Got {str(path)!r} instead."
        )
    sys.path.insert(0, str(path.parent.absolute()))  # it may import its neighbours, as a script may
    with _errors_of(path):
        found = runpy.run_path(str(path))
    for needed in ("build", "data"):
        if needed not in found:
            rule = f"{path} must have `build` and `data`"
            raise ValueError(f"{rule}, as tuning.search takes them. It has no {needed}.")
    build, data = found["build"], found["data"]
    if not callable(build):
        raise ValueError(f"`build` in {path} must be a function. Got {build!r} instead.")
    with _errors_of(path):
        return build, data() if callable(data) else data


@contextmanager
def _errors_of(path):
    """Says in one line which error a file of someone else's ended in, and where."""
    try:
        yield
    except datasets.DatasetUnavailable:  # which says what to do
        raise
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f"{path}, line {lines[-1]}" if lines else path
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"{where} must run without an error. Got {what}.") from error
