"""`mlcourse doctor`: what a machine has and lacks."""

from mlcourse.cli.commands import add


def doctor(arguments):
    """Say what this machine has and lacks for the lectures.

    Looks at versions, the backend, devices and GPU memory, the data cache and the notebook
    front end, and gives for each problem the command that mends it. A note does not
    stop a lecture; exit status 1 if a problem does.
    """
    from mlcourse.doctor import examine

    status = 0
    for finding in examine():
        print(f"{finding.status:8} {finding.what}")
        if finding.mend:
            print(f"{'':8} mend it with: {finding.mend}")
        status |= finding.status == "problem"
    return int(status)


def add_to(commands):
    """Adds the subcommand."""
    add(commands, "doctor", doctor)
