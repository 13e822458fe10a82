"""Training history: values and epochs by metric, read from any source."""

from mlcourse.history.history import History, as_histories, as_history
from mlcourse.history.metrics import (
    base,
    direction,
    is_loss,
    is_number,
    is_selected,
    is_validation,
    monitor_candidates,
    monitor_direction,
    numbers,
)

__all__ = [
    "History",
    "as_histories",
    "as_history",
    "base",
    "direction",
    "is_loss",
    "is_number",
    "is_selected",
    "is_validation",
    "monitor_candidates",
    "monitor_direction",
    "numbers",
]
