"""Choose the tests that `make test` leaves to `make test-all`, and list them in long_tests.txt.

`make sort-tests` runs all tests that are not marked slow, notes the CPU seconds and the lines of
mlcourse of each of them, and calls `main`. (CPU seconds do not depend on other work of the
machine.) Tests below `LIMIT` are quick, and so is the shortest test of each file. Of the others as
many stay quick as the coverage `TARGET` needs, those first that cover most new lines per second. A
test that is marked quick is never long. A new test is quick until it is sorted.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

LIMIT = 0.1  # CPU seconds
TARGET = 0.94  # fraction of the lines of mlcourse
LIST = Path(__file__).with_name("long_tests.txt")


def choose(seconds, lines, n_lines, limit=LIMIT, target=TARGET):
    """Return the names of the long tests that `make test` does not need.

    Args:
        seconds: dict of the names of tests to their CPU seconds.
        lines: dict of the names of tests to the sets of lines that they cover.
        n_lines: number of lines that can be covered.
        limit: CPU seconds below which a test is quick.
        target: fraction of `n_lines` that the quick tests cover, if all tests together do.
    """
    shortest = {}
    for name in sorted(seconds, key=seconds.get):
        shortest.setdefault(name.partition("::")[0], name)
    long_tests = {name for name, duration in seconds.items() if duration >= limit}
    long_tests -= set(shortest.values())
    covered = set().union(*(lines.get(name, set()) for name in seconds.keys() - long_tests))
    while long_tests and len(covered) < target * n_lines:
        gains = {name: len(lines.get(name, set()) - covered) / seconds[name] for name in long_tests}
        best = max(sorted(gains), key=gains.get)
        if gains[best] == 0:
            break
        covered |= lines[best]
        long_tests.remove(best)
    return sorted(long_tests)


def durations(report):
    """Return the CPU seconds of each test by its name, from a JUnit report of pytest."""
    seconds = {}
    for case in ElementTree.parse(report).iter("testcase"):
        path = case.get("classname").replace(".", "/") + ".py"
        measured = case.find("properties/property[@name='cpu_seconds']")
        if measured is not None:  # the test was not skipped
            seconds[f"{path}::{case.get('name')}"] = float(measured.get("value"))
    return seconds


def coverage_by_test(data_file):
    """Return the lines that each test covers, as a dict, and the number of all lines."""
    import coverage

    measured = coverage.Coverage(data_file=data_file)
    measured.load()
    data = measured.get_data()
    lines = {}
    n_lines = 0
    for path in data.measured_files():
        statements = set(measured.analysis2(path)[1])
        n_lines += len(statements)
        contexts_by_line = data.contexts_by_lineno(path)
        for line in statements & contexts_by_line.keys():
            for context in contexts_by_line[line]:
                test = context.rpartition("|")[0]
                lines.setdefault(test, set()).add((path, line))
    return lines, n_lines


def main(report, data_file):
    """Write long_tests.txt, and print how many tests are in it."""
    seconds = durations(report)
    lines, n_lines = coverage_by_test(data_file)
    imported = lines.pop("", set())  # lines that run when modules are imported
    lines[""], seconds[""] = imported, 0.0
    names = choose(seconds, lines, n_lines)
    LIST.write_text("".join(f"{name}\n" for name in names), "utf-8")
    quick = [duration for name, duration in seconds.items() if name not in set(names)]
    print(f"{len(names)} of {len(seconds)} tests are long; the others take {sum(quick):.0f} CPU s")


if __name__ == "__main__":
    main(*sys.argv[1:])
