import numpy as np
import pytest

from mlcourse import checks


def test_values_within_the_rule_come_back():
    assert checks.integer("n", np.int64(3), 1) == 3
    assert checks.number("rate", np.float32(0.5), 0, below=1) == 0.5
    assert checks.choice("name", "a", ("a", "b")) == "a"


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", None, True, float("nan")])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(
        ValueError, match=r"n must be a whole number of at least 1\. Got .* instead"
    ):
        checks.integer("n", value, 1)


@pytest.mark.parametrize(
    "value", [-0.1, 1, 1.5, float("nan"), float("inf"), "0.5", None, False, 10**400]
)
def test_a_share_is_at_least_0_and_below_1(value):
    with pytest.raises(ValueError, match=r"rate must be a number, at least 0 and below 1\. Got"):
        checks.number("rate", value, 0, below=1)


def test_a_count_may_have_an_end():
    assert checks.integer("label", 9, 0, 9) == 9
    with pytest.raises(
        ValueError, match=r"label must be a whole number from 0 to 9\. Got 10 instead"
    ):
        checks.integer("label", 10, 0, 9)


@pytest.mark.parametrize("value", ["no", 1, None])
def test_a_flag_is_true_or_false(value):
    with pytest.raises(ValueError, match=r"batch_norm must be True or False\. Got .* instead"):
        checks.flag("batch_norm", value)


@pytest.mark.parametrize(("value", "yes"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_an_environment_variable_says_yes_or_no(monkeypatch, value, yes):
    monkeypatch.setenv("MLCOURSE_QUICK", value)
    assert checks.is_set("MLCOURSE_QUICK") is yes


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(ValueError, match=r"name must be one of a, b\. Got 'c' instead"):
        checks.choice("name", "c", ("a", "b"))


def test_lengths_are_given_when_they_differ():
    with pytest.raises(ValueError, match=r"x and y must be of one length\. Got 2 and 3 instead"):
        checks.same_length("x", [1, 2], "y", [1, 2, 3])
