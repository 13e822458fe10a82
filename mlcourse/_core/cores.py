"""The CPU cores that this process may use."""

import os


def all_cores():
    """Return the indices of the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def format_core_count():
    """Return the number of CPU cores that this process may use as text, such as "2 cores"."""
    n_cores = len(all_cores())
    return "1 core" if n_cores == 1 else f"{n_cores} cores"


def assign_cores(process, n_processes, cores):
    """Return the cores for one of several processes.

    Args:
        process: index of the process, from 0.
        n_processes: number of processes. With more processes than cores,
            some get the same core.
        cores: list of the available cores.

    >>> [assign_cores(process, 3, [0, 1, 2, 3]) for process in range(3)]
    [[0, 3], [1], [2]]
    >>> [assign_cores(process, 3, [0, 1]) for process in range(3)]
    [[0], [1], [0]]
    """
    return cores[process::n_processes] or [cores[process % len(cores)]]
