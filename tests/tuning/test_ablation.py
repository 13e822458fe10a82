import csv

import numpy as np

from mlcourse.tuning.ablation import Ablation, Fit

VALUES = {"baseline": [0.5, 0.7, 0.9], "variant <b>": [0.6]}


def table(values=VALUES, repeats=3):
    fits = [
        Fit(variant, repeat, {"test_accuracy": value, "test_loss": 1 - value}, seconds=1.0 + repeat)
        for variant, metrics_of in values.items()
        for repeat, value in enumerate(metrics_of)
    ]
    variants = {variant: {} for variant in (*VALUES, "not yet")}
    return Ablation(variants, repeats, ["test_accuracy"], fits[::-1])


def test_mean_and_std_are_those_of_numpy():
    found = table()
    np.testing.assert_allclose(found.values("baseline", "test_accuracy"), VALUES["baseline"])
    np.testing.assert_allclose(found.mean("baseline", "test_accuracy"), np.mean([0.5, 0.7, 0.9]))
    expected = np.std([0.5, 0.7, 0.9], ddof=1)
    np.testing.assert_allclose(found.std("baseline", "test_accuracy"), expected)
    assert found.seconds("baseline") == 2.0


def test_no_fit_has_no_mean_and_one_fit_has_no_std():
    found = table()
    assert np.isnan(found.mean("not yet", "test_accuracy"))
    assert np.isnan(found.std("variant <b>", "test_accuracy"))
    assert np.isnan(found.seconds("not yet"))


def test_the_table_has_a_row_a_change():
    assert table().rows == [
        ["baseline", "0.7000 ± 0.2000", "2.0"],
        ["variant <b>", "0.6000", "1.0"],
        ["not yet", "", ""],
    ]
    assert str(table()).splitlines()[0] == ("4 of 9 fits, mean and standard deviation over 3 seeds")
    assert "over" not in str(table(repeats=1)).splitlines()[0]
    assert "variant &lt;b&gt;" in table()._repr_html_()


def test_a_mean_that_is_no_number_is_told_from_one_that_is_not_there():
    diverged = table({"baseline": [np.nan, 0.5], "variant <b>": []})
    assert [row[1] for row in diverged.rows] == ["nan", "", ""]


def test_hostile_names_are_escaped():
    hostile = Ablation({"<script>": {}}, 1, ["<img src=x>"])
    page = hostile._repr_html_()
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


def test_an_empty_table_can_be_shown():
    assert str(Ablation({}, 2, ["test_accuracy"])).splitlines()[1] == (
        "variant  test accuracy  seconds"
    )


def test_csv_has_a_line_a_fit_in_the_order_of_the_table(tmp_path):
    path = table().to_csv(tmp_path / "fits.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], row["repeat"]) for row in rows] == [
        ("baseline", "0"),
        ("baseline", "1"),
        ("baseline", "2"),
        ("variant <b>", "0"),
    ]
    assert [float(row["test_accuracy"]) for row in rows] == [0.5, 0.7, 0.9, 0.6]


def test_two_ablations_have_separate_fits():
    one, other = Ablation({}, 1, []), Ablation({}, 1, [])
    one.fits.append("something")
    assert other.fits == []
