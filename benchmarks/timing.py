"""Measure alternatives in turn, and format the results of a benchmark."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass


def seconds(function):
    """Return the duration of a call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def cpu_seconds(function):
    """Return the CPU time of a call, of all threads, which other processes hardly change."""
    start = time.process_time()
    function()
    return time.process_time() - start


def interleaved(functions, runs, measure=seconds, warm_up=1):
    """Measure functions in turn, once per round, so a slower machine affects all of them.

    Args:
        functions: a dict of functions without arguments.
        runs: number of measured rounds.
        measure: a function that measures a function; `operator.call` for functions that measure
            themselves.
        warm_up: number of rounds before, which are discarded.

    Returns:
        A dict of lists of measurements, one for each run.
    """
    measurements = {name: [] for name in functions}
    for _ in range(warm_up + runs):
        for name, function in functions.items():
            measurements[name].append(measure(function))
    return {name: values[warm_up:] for name, values in measurements.items()}


def compare(what, ours, alternatives, runs, **options):
    """Measure our function and a dict of alternatives in turn, and return a list of `Ratio`.

    The options are those of `interleaved`.
    """
    times = interleaved({"ours": ours, **alternatives}, runs, **options)
    return [Ratio(what, name, times["ours"], times[name]) for name in alternatives]


def in_new_process(function, *arguments):
    """Return the result of a function in a new process without imported modules."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, *arguments).result()


@dataclass(frozen=True)
class Ratio:
    """Measurements of our function and an alternative.

    Args:
        what: description of the task.
        alternative: description of the alternative.
        ours, theirs: lists of measurements, a pair for each run.
        unit: unit of the measurements; times below a second are displayed in "ms" or "µs".
    """

    what: str
    alternative: str
    ours: list
    theirs: list
    unit: str = "s"

    @property
    def name(self):
        """The name of the comparison."""
        return f"{self.what} vs. {self.alternative}"

    @property
    def result(self):
        """The ratio of the alternative to ours: median (lowest to highest)."""
        ratios = [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        median = short(statistics.median(ratios))
        if len(ratios) == 1:
            return median
        return f"{median} ({short(min(ratios))} to {short(max(ratios))})"

    @property
    def amounts(self):
        """The medians of our measurements and of the alternative's, as text."""
        medians = map(statistics.median, (self.ours, self.theirs))
        return [amount(median, self.unit) for median in medians]


@dataclass(frozen=True)
class Finding:
    """A result other than a ratio: its name and its value, as text."""

    name: str
    result: str


def as_row(fields):
    """Return a `Ratio` or `Finding` from the dict of `dataclasses.asdict`."""
    return Ratio(**fields) if "ours" in fields else Finding(**fields)


def short(number):
    """Return a number with about three significant digits, as text.

    >>> [short(number) for number in (0.6182, 1.7949, 15.43, 2830.6)]
    ['0.62', '1.79', '15.4', '2,831']
    """
    if abs(number) < 10:
        return f"{number:,.2f}"
    return f"{number:,.1f}" if abs(number) < 100 else f"{number:,.0f}"


def amount(value, unit):
    """Return a measurement with its unit, as text.

    >>> [amount(value, "s") for value in (12.3, 0.0213, 0.0000456)], amount(0.291, "GiB")
    (['12.3 s', '21.3 ms', '45.6 µs'], '0.29 GiB')
    """
    if unit != "s" or value >= 1:
        return f"{short(value)} {unit}"
    if value >= 1e-3:
        return f"{short(value / 1e-3)} ms"
    return f"{short(value / 1e-6)} µs"
