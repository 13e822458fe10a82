import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from mlcourse import cli

DOCS = Path(__file__).parents[1] / "docs"
WORKERS = 4


def parsed(words):
    assert words[0] == "mlcourse"
    return cli._parser().parse_args(words[1:])


def of_slurm(task, folder):
    """Returns what a task of the job array would run, with a command of ours in its place."""
    command = folder / "mlcourse"
    command.write_text('#!/bin/sh\nprintf "%s\\n" mlcourse "$@"\n')
    command.chmod(0o755)
    variables = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "SEARCH_DIRECTORY": str(folder / "search"),
        "SLURM_ARRAY_JOB_ID": "123",
        "SLURM_ARRAY_TASK_ID": str(task),
    }
    script = DOCS / "tuning" / "tune.slurm"
    done = subprocess.run(
        ["bash", str(script)], env=variables, capture_output=True, text=True, timeout=20, check=True
    )
    return parsed(done.stdout.splitlines())


def of_kubernetes(index):
    """Returns what the pods of the two jobs would run, the chief's by None."""
    text = (DOCS / "tuning" / "tune.yaml").read_text()
    jobs = {
        one["metadata"]["name"]: one for one in yaml.safe_load_all(text) if one["kind"] == "Job"
    }
    job = jobs["tune-chief" if index is None else "tune-worker"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    words = container["args"][0].replace("$JOB_COMPLETION_INDEX", str(index))
    return parsed(shlex.split(words.removeprefix("exec ")))


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="there is no bash")
def test_the_tasks_of_the_slurm_script_are_a_chief_and_its_workers(tmp_path):
    chief, *workers = [of_slurm(task, tmp_path) for task in range(WORKERS + 1)]
    assert chief.role == "chief"
    assert [(one.role, one.id) for one in workers] == [("worker", k) for k in range(WORKERS)]
    assert {one.chief for one in workers} == {chief.chief}
    assert re.fullmatch(r"[\d.a-f:]+:20123", chief.chief)


def test_the_pods_of_the_kubernetes_manifest_are_a_chief_and_its_workers():
    chief, *workers = [of_kubernetes(index) for index in (None, *range(WORKERS))]
    assert (chief.role, chief.chief) == ("chief", "0.0.0.0:9000")
    assert [(one.role, one.id) for one in workers] == [("worker", k) for k in range(WORKERS)]
    assert {one.chief for one in workers} == {"tune-chief:9000"}


@pytest.mark.parametrize("role", [None, *range(WORKERS)])
def test_all_processes_of_a_cluster_have_the_same_search(role, tmp_path):
    here = of_kubernetes(role)
    of_slurm(0, tmp_path)
    there = of_slurm(0 if role is None else role + 1, tmp_path)
    for name in (*cli.tune.SEARCH, "name", "workers"):
        if name != "directory":
            assert getattr(here, name) == getattr(there, name) == getattr(of_kubernetes(None), name)
