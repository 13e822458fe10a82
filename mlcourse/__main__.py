"""Run the command `mlcourse` as `python -m mlcourse`."""

from mlcourse.cli import command

if __name__ == "__main__":
    command()
