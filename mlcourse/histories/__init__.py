"""What a fit says epoch by epoch, whoever kept it: names, values, and the epochs they are of."""

from mlcourse.histories.epoch_log import EpochLog, epoch_log, epoch_logs
from mlcourse.histories.judging import candidates, monitor_direction
from mlcourse.histories.names import base, direction, is_asked, is_loss, is_validation
from mlcourse.histories.values import is_number, numbers

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
