from tests.sort_tests import choose, durations

SECONDS = {"short": 0.1, "long": 2.0, "longer": 4.0, "same": 1.0}
LINES = {"short": {1, 2}, "long": {2, 3, 4}, "longer": {3, 4, 5, 6}, "same": {1, 2}}


def test_short_tests_are_quick_and_long_ones_where_coverage_needs_them():
    assert choose(SECONDS, LINES, 6, target=0.3) == ["long", "longer", "same"]
    assert choose(SECONDS, LINES, 6, target=0.6) == ["longer", "same"]
    assert choose(SECONDS, LINES, 6, target=1) == ["same"]


def test_a_test_that_covers_no_new_line_stays_long():
    assert choose({"one": 1.0, "two": 2.0}, {"one": {1}, "two": {1}}, 2, target=1) == ["two"]


def test_durations_have_the_names_that_pytest_selects_by(tmp_path):
    report = tmp_path / "report.xml"
    case = '<testcase classname="tests.figures.test_a" name="test_b[1-x]" time="0.25"/>'
    report.write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")
    assert durations(report) == {"tests/figures/test_a.py::test_b[1-x]": 0.25}
