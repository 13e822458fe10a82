import conftest


def test_a_failing_run_ends_with_the_commands_that_repeat_its_failures():
    names = [
        "tests/test_a.py::test_b[x y]",
        "notebooks/n.ipynb::Cell 3",
        "notebooks/n.ipynb::Cell 4",
    ]
    tests, notebooks = conftest.repeat_commands(names)
    assert tests.endswith(" -m pytest 'tests/test_a.py::test_b[x y]'")
    assert notebooks == "make test-notebooks NOTEBOOKS=notebooks/n.ipynb"
    assert conftest.repeat_commands([]) == []
