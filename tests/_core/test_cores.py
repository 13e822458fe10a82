import os

import pytest

from mlcourse._core import cores
from mlcourse._core.cores import assign_cores


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("cores", [[0], [2, 5], [0, 1, 2], [0, 1, 2, 3]])
def test_each_has_its_share_of_the_cores(count, cores):
    shares = [assign_cores(number, count, cores) for number in range(count)]
    assert all(shares)
    assert {core for one in shares for core in one} == set(cores)
    lengths = [len(one) for one in shares]
    assert max(lengths) - min(lengths) <= 1
    assert sum(lengths) == max(count, len(cores))  # none has a core of another's, if there are more


def test_where_a_system_binds_no_process_to_cores(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores.all_cores() == list(range(os.cpu_count()))
