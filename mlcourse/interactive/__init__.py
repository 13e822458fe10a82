"""Pictures with controls, for a notebook: each a draw function of `figures` and a few widgets."""

from mlcourse.interactive.live import Interactive
from mlcourse.interactive.networks import network_size, weight_updates

__all__ = ["Interactive", "network_size", "weight_updates"]
