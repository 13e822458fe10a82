"""What a fit says epoch by epoch, whoever kept it: names, values, and the epochs they are of."""

from mlcourse.history.history import EpochLog, epoch_log, epoch_logs
from mlcourse.history.metrics import (
    base,
    candidates,
    direction,
    is_asked,
    is_loss,
    is_number,
    is_validation,
    monitor_direction,
    numbers,
)

__all__ = [
    "EpochLog",
    "base",
    "candidates",
    "direction",
    "epoch_log",
    "epoch_logs",
    "is_asked",
    "is_loss",
    "is_number",
    "is_validation",
    "monitor_direction",
    "numbers",
]
