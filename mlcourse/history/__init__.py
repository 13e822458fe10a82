"""What a fit says epoch by epoch, whoever kept it: names, values, and the epochs they are of."""

from mlcourse.history.history import History, as_histories, as_history
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
    "History",
    "as_histories",
    "as_history",
    "base",
    "candidates",
    "direction",
    "is_asked",
    "is_loss",
    "is_number",
    "is_validation",
    "monitor_direction",
    "numbers",
]
