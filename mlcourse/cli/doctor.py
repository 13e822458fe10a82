"""`mlcourse doctor`: what a machine, or an old notebook, lacks."""

from mlcourse.cli.commands import add


def doctor(arguments):
    """Say what this machine, or an old notebook, lacks for the lectures.

    Looks at versions, the backend, devices and GPU memory, the data cache and the notebook
    front end, and gives for each problem the command that mends it. With NOTEBOOK, reads that
    notebook instead, without running it, and gives for each line that no longer works on Keras 3
    the code to write, once for all that is old in a call; cells are counted from 1, those of text
    included. A note does not
    stop a lecture; exit status 1 if a problem does.
    """
    from mlcourse.lectures.doctor import examine, examine_notebook

    findings = examine() if arguments.notebook is None else examine_notebook(arguments.notebook)
    remedy = "mend it with" if arguments.notebook is None else "write instead"
    status = 0
    before = None
    for finding in findings:
        is_same_line = before is not None and finding.what == before.what
        if not is_same_line:
            print(f"{finding.status:8} {finding.what}")
        if finding.mend and not (is_same_line and finding.mend == before.mend):
            print(f"{'':8} {remedy}: {finding.mend}")
        status |= finding.status == "problem"
        before = finding
    return int(status)


def add_to(commands):
    """Adds the subcommand."""
    parser = add(commands, "doctor", doctor)
    parser.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="an old notebook to read")
