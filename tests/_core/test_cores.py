import os

import pytest

from mlcourse._core import cores
from mlcourse._core.cores import assign_cores


@pytest.mark.parametrize("n_processes", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("cores", [[0], [2, 5], [0, 1, 2], [0, 1, 2, 3]])
def test_cores_are_assigned_evenly(n_processes, cores):
    assigned = [assign_cores(process, n_processes, cores) for process in range(n_processes)]
    assert all(assigned)
    assert {core for process_cores in assigned for core in process_cores} == set(cores)
    lengths = [len(process_cores) for process_cores in assigned]
    assert max(lengths) - min(lengths) <= 1
    assert sum(lengths) == max(n_processes, len(cores))  # no core twice, if there are enough


def test_all_cores_on_a_system_without_cpu_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores.all_cores() == list(range(os.cpu_count()))
