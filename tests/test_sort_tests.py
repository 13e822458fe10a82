from tests.conftest import cpu_seconds
from tests.sort_tests import choose, durations

SECONDS = {"a::short": 0.1, "a::long": 2.0, "a::longer": 4.0, "a::same": 1.0}
LINES = {"a::short": {1, 2}, "a::long": {2, 3, 4}, "a::longer": {3, 4, 5, 6}, "a::same": {1, 2}}


def test_short_tests_are_quick_and_long_ones_where_coverage_needs_them():
    assert choose(SECONDS, LINES, 6, target=0.3) == ["a::long", "a::longer", "a::same"]
    assert choose(SECONDS, LINES, 6, target=0.6) == ["a::longer", "a::same"]
    assert choose(SECONDS, LINES, 6, target=1) == ["a::same"]


def test_a_test_that_covers_no_new_line_stays_long():
    seconds = {"a::one": 1.0, "a::two": 2.0}
    assert choose(seconds, {"a::one": {1}, "a::two": {1}}, 2, target=1) == ["a::two"]


def test_the_shortest_test_of_each_file_is_quick():
    assert choose({"a::one": 1.0, "a::two": 2.0, "b::one": 3.0}, {}, 1) == ["a::two"]


def test_cpu_seconds_have_the_names_that_pytest_selects_by(tmp_path):
    report = tmp_path / "report.xml"
    cpu = '<properties><property name="cpu_seconds" value="0.25"/></properties>'
    case = (
        f'<testcase classname="tests.figures.test_a" name="test_b[1-x]" time="9">{cpu}</testcase>'
    )
    skipped = '<testcase classname="tests.figures.test_a" name="test_c" time="0"/>'
    report.write_text(f"<testsuites><testsuite>{case}{skipped}</testsuite></testsuites>")
    assert durations(report) == {"tests/figures/test_a.py::test_b[1-x]": 0.25}


def test_a_test_reports_its_cpu_seconds(request):
    sum(index**2 for index in range(2_000_000))
    assert 0.02 < cpu_seconds() - request.node.cpu_start < 60
