"""`mlcourse doctor`: check a machine, or an old notebook."""

from mlcourse.cli.commands import add, add_data_option


def doctor(arguments):
    """Check this machine, or an old notebook, and show how to fix problems.

    Checks versions, the backend, devices and GPU memory, the data cache and the notebook front
    end, and prints a command that fixes each problem.

    With NOTEBOOK, reads that notebook instead, without running it, and prints the replacement for
    each line that does not work on Keras 3. A call with several old arguments gets one replacement.
    Cells are counted from 1, Markdown cells included.

    Lectures run in spite of a "note", but not with a "problem". The exit status is 1 if there is a
    problem.
    """
    from mlcourse.lectures.doctor import examine, examine_notebook

    if arguments.notebook is None:
        findings = examine()
        label = "to fix it, run"
    else:
        findings = examine_notebook(arguments.notebook)
        label = "write instead"
    status = 0
    previous = None
    for finding in findings:
        is_same_line = previous is not None and finding.message == previous.message
        if not is_same_line:
            print(f"{finding.status:8} {finding.message}")
        if finding.remedy and not (is_same_line and finding.remedy == previous.remedy):
            print(f"{'':8} {label}: {finding.remedy}")
        if finding.status == "problem":
            status = 1
        previous = finding
    return status


def add_to(commands):
    """Add `doctor`."""
    parser = add(commands, "doctor", doctor)
    parser.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="an old notebook to check")
    add_data_option(parser)
