"""Measure functions in turn, and represent the results: ratios and other measured values."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass


def seconds(function):
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure_in_turn(functions, runs, measure=seconds, warm_up=1):
    """Measure functions in turn, once each per round, so that a slow machine affects all of them.

    Args:
        functions: a dict of functions without arguments.
        runs: number of measured rounds.
        measure: a function that takes one of the functions and returns a measurement. Default: the
            seconds of a call. Use `operator.call` for functions that measure themselves.
        warm_up: number of unmeasured rounds before.

    Returns:
        A dict of lists with `runs` measurements each.
    """
    measured = {name: [] for name in functions}
    for _ in range(warm_up + runs):
        for name, function in functions.items():
            measured[name].append(measure(function))
    return {name: values[warm_up:] for name, values in measured.items()}


def compare(task, ours, alternatives, runs, **options):
    """Return a `Ratio` for each alternative, all measured in turn with ours.

    Args:
        task: the task that is measured, as text.
        ours: a function without arguments.
        alternatives: a dict of functions without arguments.
        runs: number of measured rounds.
        options: further arguments of `measure_in_turn`.
    """
    measured = measure_in_turn({"ours": ours, **alternatives}, runs, **options)
    return [Ratio(task, name, measured["ours"], measured[name]) for name in alternatives]


def in_new_process(function, *arguments):
    """Return the result of a function in a new process with no imported modules."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


@dataclass(frozen=True)
class Ratio:
    """Measurements of this package and of an alternative, run by run.

    Args:
        task: the task that was measured, as text.
        alternative: name of the alternative.
        ours, theirs: lists of measurements, one pair for each run.
        unit: unit of the measurements; values below a second are shown in "ms" or "µs".
    """

    task: str
    alternative: str
    ours: list
    theirs: list
    unit: str = "s"

    @property
    def name(self):
        """Task and alternative, as text."""
        return f"{self.task}, compared with {self.alternative}"

    @property
    def result(self):
        """Ratio of the alternative to ours, as text: median (lowest to highest)."""
        ratios = [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        median = format_number(statistics.median(ratios))
        if len(ratios) == 1:
            return median
        return f"{median} ({format_number(min(ratios))} to {format_number(max(ratios))})"

    @property
    def amounts(self):
        """Medians of ours and of the alternative, as text."""
        return [
            format_quantity(statistics.median(values), self.unit)
            for values in (self.ours, self.theirs)
        ]


@dataclass(frozen=True)
class Finding:
    """A result that is not a ratio: its name, and its value as text."""

    name: str
    result: str


def as_row(fields):
    """Return the `Ratio` or `Finding` of a dict from `dataclasses.asdict`."""
    return Ratio(**fields) if "ours" in fields else Finding(**fields)


def format_number(number):
    """Return a number as text, with three or four significant digits.

    >>> [format_number(number) for number in (0.6182, 1.7949, 15.43, 2830.6)]
    ['0.62', '1.79', '15.4', '2,831']
    """
    decimals = 0
    if abs(number) < 100:
        decimals = 1
    if abs(number) < 10:
        decimals = 2
    return f"{number:,.{decimals}f}"


def format_quantity(value, unit):
    """Return a measurement as text.

    >>> [format_quantity(value, "s") for value in (12.3, 0.0213, 0.0000456)]
    ['12.3 s', '21.3 ms', '45.6 µs']
    >>> format_quantity(0.291, "GiB")
    '0.29 GiB'
    """
    units = [(1, "s"), (1e-3, "ms"), (1e-6, "µs")] if unit == "s" else [(1, unit)]
    size, name = next((pair for pair in units if value >= pair[0]), units[-1])
    return f"{format_number(value / size)} {name}"
