"""Ways to do the same, measured in turn, and what a benchmark finds: ratios, and what is none."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass


def seconds(way):
    """Returns how long a call takes."""
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def interleaved(ways, runs, measure=seconds, warm_up=1):
    """Measures ways in turn, each once a round, so that what slows the machine slows them all.

    Args:
        ways: a dict of functions without arguments.
        runs: how many rounds count.
        measure: a function of a way that returns what is noted: the seconds of a call;
            `operator.call` for ways that measure themselves.
        warm_up: rounds before those, which do not count.

    Returns:
        A dict of lists, of as many measures as runs.
    """
    taken = {name: [] for name in ways}
    for _ in range(warm_up + runs):
        for name, way in ways.items():
            taken[name].append(measure(way))
    return {name: measures[warm_up:] for name, measures in taken.items()}


def compared(what, ours, others, runs, **options):
    """Returns a `Ratio` for each of the other ways, a dict, all measured in turn with ours.

    The options are those of `interleaved`.
    """
    taken = interleaved({"ours": ours, **others}, runs, **options)
    return [Ratio(what, name, taken["ours"], taken[name]) for name in others]


def apart(function, *arguments):
    """Returns what a function gives in a new process, which has imported nothing yet."""
    new = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=new) as pool:
        return pool.submit(function, *arguments).result()


@dataclass(frozen=True)
class Ratio:
    """What our way and another one took, run by run.

    Args:
        what: was done, our way first of all.
        beside: the other way, in words.
        ours, theirs: lists of measures, a pair for each run.
        unit: of the measures; less than a second is shown in "ms" or "µs".
    """

    what: str
    beside: str
    ours: list
    theirs: list
    unit: str = "s"

    @property
    def name(self):
        """What is compared, in words."""
        return f"{self.what}, beside {self.beside}"

    @property
    def result(self):
        """So many times as much as ours the other way took: median, lowest and highest."""
        ratios = [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        low, middle, high = map(short, (min(ratios), statistics.median(ratios), max(ratios)))
        return middle if len(ratios) == 1 else f"{middle} ({low} to {high})"

    @property
    def amounts(self):
        """The medians of ours and of the other way, as text."""
        return [amount(statistics.median(one), self.unit) for one in (self.ours, self.theirs)]


@dataclass(frozen=True)
class Finding:
    """What is no ratio: its name and what was found, as text."""

    name: str
    result: str


def as_row(found):
    """Returns the `Ratio` or `Finding` that `dataclasses.asdict` made a dict of."""
    return Ratio(**found) if "ours" in found else Finding(**found)


def short(number):
    """Returns a number as text, with as many places as a reader can use.

    >>> [short(number) for number in (0.6182, 1.7949, 15.43, 2830.6)]
    ['0.62', '1.79', '15.4', '2,831']
    """
    places = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    return f"{number:,.{places}f}"


def amount(value, unit):
    """Returns a measure as text.

    >>> [amount(value, "s") for value in (12.3, 0.0213, 0.0000456)], amount(0.291, "GiB")
    (['12.3 s', '21.3 ms', '45.6 µs'], '0.29 GiB')
    """
    smaller = [(1, "s"), (1e-3, "ms"), (1e-6, "µs")] if unit == "s" else [(1, unit)]
    size, name = next((pair for pair in smaller if value >= pair[0]), smaller[-1])
    return f"{short(value / size)} {name}"
