"""The cores of this machine, and how processes share them."""

import os


def all_cores():
    """Returns the numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def cores_in_words():
    """Returns how many cores this process may use, such as "2 cores"."""
    count = len(all_cores())
    return f"{count} core{'s' * (count > 1)}"


def assign_cores(number, count, cores):
    """Returns which of some cores the process of a number, from 0 to count - 1, is to use.

    >>> [assign_cores(number, 3, [0, 1, 2, 3]) for number in range(3)]
    [[0, 3], [1], [2]]
    >>> [assign_cores(number, 3, [0, 1]) for number in range(3)]
    [[0], [1], [0]]
    """
    return cores[number::count] or [cores[number % len(cores)]]
