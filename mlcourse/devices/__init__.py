"""Devices of the backend: list, configure and combine them; the only backend-specific code."""

from mlcourse._core.quiet_import import suppress_stderr
from mlcourse.devices.configuration import Devices, configure
from mlcourse.devices.parallel import data_parallel, device_names, processor_flags, quickest_dtype

__all__ = [
    "Devices",
    "configure",
    "data_parallel",
    "device_names",
    "processor_flags",
    "quickest_dtype",
    "suppress_stderr",
]
