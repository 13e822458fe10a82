"""`mlcourse exercises` and `mlcourse grade`: write exercise sheets, and read handed-in ones."""

from mlcourse.cli.commands import add


def write_sheets(arguments):
    """Write the exercise sheets of lectures as notebooks.

    The notebooks follow nbgrader's convention. They have the solutions, between BEGIN SOLUTION and
    END SOLUTION; with --student they have none.
    """
    from mlcourse.lectures import available, sheets

    for name in arguments.names or available():
        print(f"Exercises: {sheets.write(name, arguments.out, arguments.student)}")


def grade(arguments):
    """Read the results of handed-in exercise sheets, and print them as a table.

    FOLDER has the notebooks, also in subfolders. They are not run: the results are those that each
    notebook has saved, and a student can change them in the file. A result is as honest as the
    notebook; nbgrader runs the checks again.
    """
    from mlcourse.lectures import sheets

    results = sheets.grade(arguments.folder)
    print(results)
    if arguments.csv:
        print(f"\nTable: {results.to_csv(arguments.csv)}")


def add_to(commands):
    """Add the subcommands that write and read exercise sheets."""
    parser = add(commands, "exercises", write_sheets)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="name of the lecture (default: all)"
    )
    parser.add_argument("--student", action="store_true", help="leave out the solutions")
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="build/exercises",
        help="the output folder (default: %(default)s)",
    )
    parser = add(commands, "grade", grade)
    parser.add_argument("folder", metavar="FOLDER", help="the folder of the handed-in notebooks")
    parser.add_argument("--csv", metavar="FILE", help="also write the table to this file")
