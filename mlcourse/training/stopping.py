"""Early stopping."""

import keras

from mlcourse import checks
from mlcourse.histories import base, is_loss


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own callback, which refuses a monitor that the fit does not log."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Look for an improvement; validation may come in a later epoch."""
        names = logs or {}
        if base(self.monitor) not in names:
            checks.choice("monitor", self.monitor, names)
        super().on_epoch_end(epoch, logs)


def early_stopping(
    patience: int = 3, monitor: str = "val_loss", mode: str = "auto"
) -> keras.callbacks.EarlyStopping:
    """Return a callback that stops a fit without improvement and restores its best weights.

    Args:
        patience: number of epochs to wait for an improvement.
        monitor: the name of the value to watch, as in the history. A name that the fit does not
            log is refused after the first epoch.
        mode: "min", "max", or "auto": losses are minimized, and Keras asks the model's metric for
            its direction. A metric of your own needs "min" or "max".

    Raises:
        ValueError: for a setting that cannot be.

    Example:
        >>> early_stopping(patience=5).monitor
        'val_loss'
    """
    mode = checks.choice("mode", mode, ("auto", "min", "max"))
    monitor = checks.text("monitor", monitor)
    is_minimized = mode == "auto" and is_loss(monitor)
    return EarlyStopping(
        monitor=monitor,
        mode="min" if is_minimized else mode,
        patience=checks.integer("patience", patience, 1),
        restore_best_weights=True,
    )
