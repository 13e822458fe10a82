"""Mutants of the core: one small change in it at a time, which its own tests must notice.

`make mutants` works on a copy in build/mutants, and makes the change in memory. Of all mutants it
draws some by a seed. A mutant meets the tests that come by its lines, the quickest first.
docs/internals.md says why no library does it.
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
from trials import Tests, each, meet, warm_up

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"
PARTS = ("optimizers", "datasets", "scratch", "activations.py")
LEFT_OUT = "synthetic"  # how a drawn coat looks is free
LEAST = 0.85  # of the mutants are noticed


def main():
    """Prints how many mutants of each part are noticed, and those that are not."""
    arguments = _arguments()
    _copy()
    warm_up()
    tests = {part: Tests(part) for part in PARTS}
    runs = ((part, f"{part}.log", 3600, tests[part].watch) for part in PARTS)
    for part, status in each(runs, arguments.jobs):
        if status:
            sys.exit(f"The tests of {part} must run. See {COPY / part}.log.")
        for name in sorted(tests[part].read()):
            print(f"left out, as it fails without a mutant: {name}")
    drawn = _draw(arguments.count, arguments.seed)
    for part, status in each(_controls(drawn, tests), arguments.jobs):
        if status:
            sys.exit(f"The tests of {part} must not notice a change that is none.")
    end = time.monotonic() + 60 * arguments.minutes
    kept, met = Counter(), Counter()
    for (part, mutant), status in each(_trials(drawn, tests, end), arguments.jobs):
        met[part] += 1
        kept[part] += bool(status)
        if not status:
            print(f"{mutant.diff()}\n", flush=True)
    sys.exit(_report(kept, met))


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=60, help="after these no trial begins")
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
    drawn = []
    for part in PARTS:
        place = Path("mlcourse", part)
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if LEFT_OUT not in path.parts:
                drawn += [(part, mutant) for mutant in mutants_of(path)]
    print(f"{len(drawn)} mutants, of which {min(count, len(drawn))} are drawn\n", flush=True)
    return random.Random(seed).sample(drawn, min(count, len(drawn)))


def _controls(drawn, tests):
    """Yields trials, one a part, of a mutant that is the source as it is."""
    for part, mutant in dict(drawn).items():
        same = replace(mutant, source=mutant.before)
        yield part, os.devnull, 3600, meet, same, tests[part].meeting(mutant)


def _trials(drawn, tests, end):
    for part, mutant in drawn:
        if time.monotonic() > end:
            return
        chosen = tests[part].meeting(mutant)
        seconds = 60 + 10 * sum(tests[part].seconds[name] for name in chosen)
        yield (part, mutant), os.devnull, seconds, meet, mutant, chosen


def _report(noticed, met):
    for part in PARTS:
        _line(part, noticed[part], met[part])
    return int(_line("all", noticed.total(), met.total()) < LEAST)


def _line(part, noticed, met):
    fraction = noticed / max(met, 1)
    print(f"{part:16}{noticed:5} of {met:4} noticed: {fraction:.1%}")
    return fraction


if __name__ == "__main__":
    main()
