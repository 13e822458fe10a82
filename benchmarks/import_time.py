"""How long `import mlcourse` takes beside `import tensorflow`, each in new processes, in turn."""

import statistics
import subprocess
import sys

RUNS = 5


def seconds(module):
    """Returns the seconds that a new Python takes to import a module."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main():
    """Prints the medians and their ratio."""
    pairs = [(seconds("mlcourse"), seconds("tensorflow")) for _ in range(RUNS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    low, *_, high = ratios = sorted(b / a for a, b in pairs)
    print(f"import mlcourse   {ours:7.4f} s")
    print(f"import tensorflow {theirs:7.4f} s")
    print(f"ratio             {statistics.median(ratios):7.0f}   ({low:.0f} to {high:.0f})")


if __name__ == "__main__":
    main()
