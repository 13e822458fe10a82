"""Mutation testing of the core: make one small change at a time, and see whether a test fails.

`make mutants` works on a copy in build/mutants, and makes each change in memory. It draws a random
sample of all mutants. For each mutant it runs the tests that execute the changed lines, the fastest
first. docs/internals.md says why no library is used.
"""

import argparse
import os
import random
import shutil
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from changes import mutants_of
from trials import Tests, import_libraries, run_in_parallel, test_mutant

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"
PARTS = ("optimizers", "datasets", "scratch", "activations.py")
EXCLUDED = "synthetic"  # the look of a synthetic image may change
MIN_DETECTED = 0.85  # fraction of the mutants


def main():
    """Print the mutants that no test detects, and how many are detected in each part."""
    arguments = _arguments()
    _copy()
    import_libraries()
    tests = {part: Tests(part) for part in PARTS}
    runs = ((part, f"{part}.log", 3600, tests[part].measure) for part in PARTS)
    for part, status in run_in_parallel(runs, arguments.jobs):
        if status:
            sys.exit(f"The tests of {part} must run. See {COPY / part}.log.")
        for name in sorted(tests[part].read()):
            print(f"excluded, because it fails without a mutant: {name}")
    drawn = _draw(arguments.count, arguments.seed)
    for part, status in run_in_parallel(_controls(drawn, tests), arguments.jobs):
        if status:
            sys.exit(f"The tests of {part} must pass without a change.")
    end = time.monotonic() + 60 * arguments.minutes
    detected, tested = Counter(), Counter()
    trials = _trials(drawn, tests, end)
    for (part, mutant), status in run_in_parallel(trials, arguments.jobs):
        tested[part] += 1
        detected[part] += bool(status)
        if not status:
            print(f"{mutant.diff()}\n", flush=True)
    sys.exit(_report(detected, tested))


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="number of mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=60, help="no test begins after this time")
    return parser.parse_args()


def _copy():
    shutil.rmtree(COPY, ignore_errors=True)
    for name in ("mlcourse", "tests"):
        shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", COPY)
    os.chdir(COPY)
    sys.path.insert(0, str(COPY))
    os.environ["PYTHONPATH"] = str(COPY)
    Path("tmp").mkdir()


def _draw(count, seed):
    mutants = []
    for part in PARTS:
        folder = Path("mlcourse", part)
        for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
            if EXCLUDED not in path.parts:
                mutants += [(part, mutant) for mutant in mutants_of(path)]
    count = min(count, len(mutants))
    print(f"A sample of {count} of {len(mutants)} mutants\n", flush=True)
    return random.Random(seed).sample(mutants, count)


def _controls(drawn, tests):
    """Yield a test of the unchanged source for each part."""
    for part, mutant in dict(drawn).items():
        same = replace(mutant, source=mutant.before)
        yield part, os.devnull, 3600, test_mutant, same, tests[part].of(mutant)


def _trials(drawn, tests, end):
    """Yield a test of each mutant, until the time is over."""
    for part, mutant in drawn:
        if time.monotonic() > end:
            return
        chosen = tests[part].of(mutant)
        seconds = 60 + 10 * sum(tests[part].seconds[name] for name in chosen)
        yield (part, mutant), os.devnull, seconds, test_mutant, mutant, chosen


def _report(detected, tested):
    """Print a table, and return the exit status."""
    for part in PARTS:
        _print_row(part, detected[part], tested[part])
    return int(_print_row("all", detected.total(), tested.total()) < MIN_DETECTED)


def _print_row(part, n_detected, n_tested):
    """Print the numbers of a part, and return the fraction that is detected."""
    fraction = n_detected / max(n_tested, 1)
    print(f"{part:16}{n_detected:5} of {n_tested:4} detected: {fraction:.1%}")
    return fraction


if __name__ == "__main__":
    main()
