"""Runs benchmarks, each in a process of its own, and writes `docs/benchmarks.md`.

What a benchmark has found is kept, and taken again as long as neither it, nor the package, nor the
machine has changed: whoever is interrupted goes on with the next one. Those that are named are run
in any case.
"""

import argparse
import sys
import traceback

from benchmarks import page, readme, records
from mlcourse._core import files

PAGE = readme.ROOT / "docs" / "benchmarks.md"
LONG = {"cifar_race"}  # are run only if they are named: a quarter of an hour and more


def attempt(name, anew):
    """Runs a benchmark unless it is known, prints its rows, and says whether all went well."""
    record = None if anew else records.known(name)
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
    """Writes the page and the README's rows of what is known, and says what is missing."""
    found = {name: records.known(name) for name in records.names()}
    found = {name: record for name, record in found.items() if record or name not in LONG}
    measured = [record for record in found.values() if record]
    if not measured:
        return
    files.write_text(PAGE, page.page(found))
    rows = [row for record in measured for row in record["rows"]]
    readme.quote([f"| {row.name} | {row.result} |" for row in rows])
    missing = ", ".join(name for name, record in found.items() if not record)
    all_of_it = f"all of it but {missing}" if missing else "all of it"
    print(f"{PAGE.relative_to(readme.ROOT)} has {all_of_it}; README.md quotes it.")


def main(argv=None):
    """Runs the benchmarks that the arguments name, or those that are not known yet."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.partition("\n\n")[0])
    listed = f"{', '.join(records.names())}; none for all but {', '.join(LONG)}"
    parser.add_argument("names", nargs="*", metavar="NAME", help=listed)
    named = parser.parse_args(argv).names
    if wrong := sorted(set(named) - set(records.names())):
        parser.error(
            f"a benchmark must be one of {', '.join(records.names())}. Got {wrong[0]} instead."
        )
    chosen, failed = named or [name for name in records.names() if name not in LONG], []
    for number, name in enumerate(chosen, 1):
        print(f"{number} of {len(chosen)}: {name}", flush=True)
        if not attempt(name, anew=bool(named)):
            failed.append(name)
    write()
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted. What is known is kept; the same command goes on.")
