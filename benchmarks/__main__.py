"""Run benchmarks, each in its own process, and write `docs/benchmarks.md`.

The results of each benchmark are saved. They are used again as long as neither the benchmark, nor
the package, nor the machine has changed, so an interrupted command resumes with the next benchmark.
Benchmarks named on the command line always run.
"""

import argparse
import sys
import traceback

from benchmarks import page, readme, records
from mlcourse._core import files

PAGE = readme.ROOT / "docs" / "benchmarks.md"
LONG = {"cifar_race"}  # takes 15 minutes or more: runs only if it is named


def attempt(name, rerun):
    """Run a benchmark without a current record, print its rows, and return whether it succeeded."""
    record = None if rerun else records.load(name)
    try:
        if not record or not records.is_current(record, name):
            record = records.run(name)
    except Exception:
        traceback.print_exc()
        return False
    for row in record["rows"]:
        print(f"  {row.name}: {row.result}")
    print(f"  {record['date']}, {record['seconds']:,} s", flush=True)
    return True


def write():
    """Write the page and the README's rows from the saved records, and print what is missing."""
    all_records = {name: records.load(name) for name in records.names()}
    all_records = {
        name: record for name, record in all_records.items() if record or name not in LONG
    }
    measured = [record for record in all_records.values() if record]
    if not measured:
        return
    files.write_text(PAGE, page.page(all_records))
    rows = [row for record in measured for row in record["rows"]]
    readme.quote([f"| {row.name} | {row.result} |" for row in rows])
    missing = ", ".join(name for name, record in all_records.items() if not record)
    coverage = f"all benchmarks but {missing}" if missing else "all benchmarks"
    print(f"{PAGE.relative_to(readme.ROOT)} has {coverage}; README.md quotes it.")


def main(argv=None):
    """Run the named benchmarks, or all without a current record, and return an exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.partition("\n\n")[0])
    help_text = f"{', '.join(records.names())}; default: all but {', '.join(LONG)}"
    parser.add_argument("names", nargs="*", metavar="NAME", help=help_text)
    named = parser.parse_args(argv).names
    unknown = sorted(set(named) - set(records.names()))
    if unknown:
        parser.error(
            f"a benchmark must be one of {', '.join(records.names())}. Got {unknown[0]} instead."
        )
    names = named or [name for name in records.names() if name not in LONG]
    failed = []
    for number, name in enumerate(names, 1):
        print(f"{number} of {len(names)}: {name}", flush=True)
        if not attempt(name, rerun=bool(named)):
            failed.append(name)
    write()
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted. Finished benchmarks are saved; the same command resumes.")
