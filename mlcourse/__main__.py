"""Run the command `mlcourse` as `python -m mlcourse`."""

import sys

from mlcourse.cli import main

if __name__ == "__main__":
    sys.exit(main())
