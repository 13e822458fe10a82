"""Run benchmarks, each in a process of its own, and write `docs/benchmarks.md`.

The results are saved, and used again until the benchmark, the package or the machine changes. So
after an interruption the same command resumes. Benchmarks that are named always run.
"""

import argparse
import sys
import traceback

from benchmarks import page, readme, records
from mlcourse._core import files

PAGE = readme.ROOT / "docs" / "benchmarks.md"
LONG = {"cifar_race", "injected_faults"}  # 15 minutes or more: they run only if they are named


def attempt(name, force):
    """Run a benchmark unless its results are saved, print its rows, and return its success."""
    record = None if force else records.load(name)
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
    """Write the page and the README's rows from saved results, and print missing benchmarks."""
    by_name = {}
    for name in records.names():
        record = records.load(name)
        if record or name not in LONG:
            by_name[name] = record
    measured = [record for record in by_name.values() if record]
    if not measured:
        return
    files.write_text(PAGE, page.page(by_name))
    rows = [row for record in measured for row in record["rows"]]
    readme.quote([f"| {row.name} | {row.result} |" for row in rows])
    missing = ", ".join(name for name, record in by_name.items() if not record)
    contents = f"all benchmarks but {missing}" if missing else "all benchmarks"
    print(f"{PAGE.relative_to(readme.ROOT)} has {contents}; README.md quotes it.")


def main(argv=None):
    """Run the named benchmarks, by default all without saved results."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.partition("\n\n")[0])
    names = ", ".join(records.names())
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{names}; default: all but {', '.join(LONG)}"
    )
    arguments = parser.parse_args(argv)
    if wrong := sorted(set(arguments.names) - set(records.names())):
        parser.error(f"a benchmark must be one of {names}. Got {wrong[0]} instead.")
    benchmarks = arguments.names or [name for name in records.names() if name not in LONG]
    failed = []
    for number, name in enumerate(benchmarks, 1):
        print(f"{number} of {len(benchmarks)}: {name}", flush=True)
        if not attempt(name, force=bool(arguments.names)):
            failed.append(name)
    write()
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted. The results so far are saved; the same command resumes.")
