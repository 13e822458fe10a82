import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from mlcourse.figures import plot_batch_losses
from mlcourse.figures._shared.style import BLUE, RED

RNG = np.random.default_rng(0)


def falling(batches):
    return np.exp(-3 * np.arange(batches) / batches + 0.3 * RNG.normal(size=batches))


def draw(batches, epochs, ax=None, **options):
    return plot_batch_losses(
        batches, np.reshape(batches, (epochs, -1)).mean(axis=1), **options, ax=ax
    )


def curves(ax):
    return {line.get_label(): np.array(line.get_data(), float) for line in ax.lines}


def band(ax):
    """The band's lower and upper border, (n, 3): where, low, high."""
    (area,) = ax.collections
    x, y = area.get_paths()[0].vertices.T
    places = np.unique(x)
    return np.array([[at, y[x == at].min(), y[x == at].max()] for at in places])


@pytest.mark.parametrize(("batches", "epochs"), [(6, 3), (60, 3), (300, 1), (7, 7), (2000, 20)])
def test_each_batch_has_its_loss_in_the_middle_of_its_share_of_an_epoch(batches, epochs):
    losses = falling(batches)
    ax = draw(losses, epochs)
    x, y = curves(ax)["loss of each batch"]
    np.testing.assert_array_equal(y, losses)
    per_epoch = batches // epochs
    for batch in (0, per_epoch - 1, batches - 1):
        whole, rest = divmod(batch, per_epoch)
        assert x[batch] == pytest.approx(whole + (rest + 0.5) / per_epoch)
    np.testing.assert_allclose(np.diff(x), 1 / per_epoch)
    assert not ax.collections
    assert ax.get_xlim() == (0, epochs)


@pytest.mark.parametrize(("batches", "epochs"), [(60, 3), (9000, 6)])
def test_means_are_in_the_middle_of_their_epochs(batches, epochs):
    losses = falling(batches)
    x, y = curves(draw(losses, epochs))["mean of each epoch"]
    np.testing.assert_allclose(x, np.arange(epochs) + 0.5)
    per_epoch = batches // epochs
    for epoch in range(epochs):
        own = losses[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert y[epoch] == pytest.approx(sum(own) / per_epoch)


def test_the_epochs_means_are_those_that_are_given():
    ax = plot_batch_losses([1.0, 2.0, 3.0, 4.0], [7.0, 0.5])
    np.testing.assert_array_equal(curves(ax)["mean of each epoch"][1], [7, 0.5])


@pytest.mark.parametrize(("batches", "is_band"), [(1999, False), (2000, False), (2001, True)])
def test_beyond_2000_batches_there_is_a_band(batches, is_band):
    ax = draw(falling(batches), 1)
    assert (len(ax.collections) == 1) == is_band
    labels = {text.get_text() for text in ax.get_legend().get_texts()}
    curve = "range of the batches' losses" if is_band else "loss of each batch"
    assert labels == {curve, "mean of each epoch"}
    assert ("loss of each batch" in curves(ax)) != is_band


@pytest.mark.parametrize(("batches", "epochs"), [(2001, 3), (9000, 20), (46_900, 5), (200_000, 10)])
def test_the_band_covers_every_batch_s_loss_and_no_more(batches, epochs):
    losses = falling(batches)
    where, low, high = band(draw(losses, epochs)).T
    assert len(where) <= 2000
    each = -(-batches // 2000)
    x = (np.arange(batches) + 0.5) * epochs / batches
    group = np.searchsorted(where, x, side="right") - 1
    assert (low[group] <= losses).all() and (losses <= high[group]).all()
    assert np.bincount(group).max() == each
    for number in RNG.integers(0, len(where), 20):
        own = losses[group == number]
        assert (low[number], high[number]) == (own.min(), own.max())
    assert where[0] < epochs / 1000 and where[-1] > epochs * 0.998


def test_a_single_batch_that_stands_out_is_seen_in_the_band():
    losses = np.ones(10_000)
    losses[1234], losses[8765] = 50.0, 0.01
    where, low, high = band(draw(losses, 4)).T
    assert where[high.argmax()] == pytest.approx(4 * 1234 / 10_000, abs=0.005)
    assert where[low.argmin()] == pytest.approx(4 * 8765 / 10_000, abs=0.005)
    assert (high.max(), low.min()) == (50, 0.01)
    assert (high == 1).sum() == len(high) - 1


@pytest.mark.parametrize("batches", [100, 5000])
@pytest.mark.parametrize(
    ("lowest", "log_scale", "scale", "label"),
    [
        (0.01, True, "log", "loss, log scale"),
        (0.01, False, "linear", "loss"),
        (0.0, True, "linear", "loss"),
        (-0.5, True, "linear", "loss"),
    ],
)
def test_the_scale_is_logarithmic_where_all_losses_are_positive(
    batches, lowest, log_scale, scale, label
):
    losses = 1 + falling(batches)
    losses[batches // 2] = lowest
    ax = draw(losses, 4, log_scale=log_scale)
    assert ax.get_yscale() == scale
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", label)
    bottom, top = ax.get_ylim()
    assert bottom <= lowest and losses.max() <= top
    ax.figure.canvas.draw()


@pytest.mark.parametrize("batches", [100, 5000])
def test_means_stand_out_from_the_batches(batches):
    ax = draw(falling(batches), 4)
    mean = ax.lines[-1]
    assert mean.get_label() == "mean of each epoch"
    np.testing.assert_allclose(to_rgb(mean.get_color()), to_rgb(RED))
    others = ax.collections[0].get_facecolor()[0][:3] if ax.collections else ax.lines[0].get_color()
    assert np.argmin(to_rgb(others)) == np.argmin(to_rgb(BLUE))
    assert np.mean(to_rgb(others)) > np.mean(to_rgb(BLUE)) + 0.1  # a light shade of it
    if not ax.collections:
        assert ax.lines[0].get_linewidth() < mean.get_linewidth()
    below = [*ax.collections, *ax.lines[:-1]]
    assert all(artist.get_zorder() <= mean.get_zorder() for artist in below)


def test_lists_are_losses_too():
    ax = plot_batch_losses([4, 3, 2, 1], [3.5, 1.5])
    np.testing.assert_array_equal(curves(ax)["loss of each batch"][1], [4, 3, 2, 1])


def test_given_axes_are_drawn_in_and_settings_and_losses_left_alone():
    before, losses = dict(mpl.rcParams), falling(5000)
    copy = losses.copy()
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(losses, 5, right) is right
    assert not left.lines and right.lines
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before
    np.testing.assert_array_equal(losses, copy)


def test_new_axes_are_wide():
    width, height = draw(falling(60), 3).figure.get_size_inches()
    assert width > 1.5 * height


@pytest.mark.parametrize(
    ("batches", "epochs", "message"),
    [
        ([], [], r"batch_losses must have at least one .* Got \[\] instead"),
        ([1.0, 2.0], [], r"losses must have at least one .* Got \[\] instead"),
        (
            [1.0, 2.0, 3.0],
            [1.0, 2.0],
            r"the same number of batches\. Got 3 batches in 2 epochs instead",
        ),
        ([1.0], [1.0, 2.0], r"the same number of batches\. Got 1 batches in 2 epochs instead"),
        ([1.0, np.nan], [1.0], r"batch_losses must be finite\. Got nan at \[1\] instead"),
        ([1.0, 2.0], [np.inf], r"losses must be finite\. Got inf at \[0\] instead"),
        ("ab", [1.0], r"batch_losses must be an array of numbers\. Got 'ab' instead"),
        ([1.0, 2.0], [None], r"losses must be an array of numbers\. Got \[None\] instead"),
        (1.0, [1.0], r"batch_losses must .* Got 1\.0 instead"),
    ],
)
def test_losses_that_are_none_are_refused_and_nothing_drawn(batches, epochs, message):
    with pytest.raises(ValueError, match=message):
        plot_batch_losses(batches, epochs)
    assert plt.get_fignums() == []
