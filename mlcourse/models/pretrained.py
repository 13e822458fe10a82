"""Weights that others have trained on ImageNet, from Keras's cache or from its server."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from mlcourse._core import checks
from mlcourse.datasets import cache

SERVER = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def imagenet_weights() -> Path:
    """Return the file with the weights of a small MobileNetV2 that was trained on ImageNet.

    They are those of `keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False)`,
    whose argument `weights` takes the path. The file is in Keras's cache, `~/.keras/models` or
    `$KERAS_HOME/models`. If it is not there, it is downloaded, but not with `MLCOURSE_OFFLINE=1`.

    Raises:
        OSError: if the file is not in the cache and cannot be downloaded, or is damaged.

    Example:
        >>> imagenet_weights()  # doctest: +SKIP
        PosixPath('/home/ada/.keras/models/mobilenet_v2_weights_..._0.35_96_no_top.h5')
    """
    file = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / FILE
    if not file.is_file():
        _download(file)
    _check_format(file)
    return file


def _download(file):
    """Download the weights into Keras's cache."""
    rule = f"ImageNet weights must be in the file {file}, or be downloaded"
    if checks.is_set("MLCOURSE_OFFLINE"):
        raise OSError(f"{rule}. The file is missing, and MLCOURSE_OFFLINE is set.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            downloaded = Path(cache.download(SERVER + FILE, folder))
            _check_format(downloaded)
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(downloaded, file)
    except (OSError, ValueError) as error:
        reason = cache.download_failure(error)
        raise OSError(f"{rule}. The download failed: {reason}.") from error


def _check_format(file):
    """Raise OSError unless a file is in the format HDF5; a login page of a network is not."""
    with file.open("rb") as stream:
        start = stream.read(len(HDF5_SIGNATURE))
    if start != HDF5_SIGNATURE:
        raise OSError(f"{file} must be an HDF5 file. It begins with {start!r} instead: delete it.")
