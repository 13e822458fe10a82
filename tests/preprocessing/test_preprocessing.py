"""Image preprocessing, compared with plain formulas and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from mlcourse import preprocessing
from mlcourse.preprocessing import images

SHAPES = [(40, 4, 5), (40, 4, 5, 1), (40, 4, 5, 3)]


def random_images(shape, seed=0, kind=np.float32):
    """Return random images with correlated neighboring pixels."""
    x = np.random.default_rng(seed).random(shape)
    smooth = (x + 0.6 * np.roll(x, 1, axis=1) + 0.3 * np.roll(x, 1, axis=2)) / 1.9
    return (255 * smooth).astype(np.uint8) if kind == np.uint8 else smooth.astype(kind)


def rows(x):
    return x.reshape(len(x), -1)


@settings(max_examples=25, deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    kind=st.sampled_from([np.uint8, np.float16, np.float32, np.float64]),
    contrast=st.floats(0.1, 100),
    brightness=st.floats(-3, 3),
    seed=st.integers(0, 50),
)
def test_each_image_has_mean_0_and_standard_deviation_1(shape, kind, contrast, brightness, seed):
    x = random_images(shape, seed, kind)
    if kind == np.float64:
        x = contrast * x + brightness
    before = x.copy()
    scaled = preprocessing.standardize_per_image(x)
    assert (scaled.shape, scaled.dtype) == (x.shape, np.float32)
    np.testing.assert_allclose(rows(scaled).mean(axis=1), 0, atol=2e-4)
    np.testing.assert_allclose(rows(scaled).std(axis=1), 1, atol=2e-4)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    "function", [preprocessing.standardize_per_image, preprocessing.to_displayable]
)
@pytest.mark.parametrize("axes", [(0, 2, 3, 1), (3, 0, 1, 2), (2, 1, 3, 0)])
def test_images_are_scaled_however_they_lie_in_memory(function, axes):
    x = random_images((5, 3, 6, 4)).transpose(axes)
    np.testing.assert_array_equal(function(x), function(np.ascontiguousarray(x)))


def test_a_constant_image_becomes_zeros():
    x = np.full((3, 32, 32, 3), 0.1, np.float32)
    x[1] = np.random.default_rng(0).random((32, 32, 3))
    scaled = preprocessing.standardize_per_image(x)
    assert not scaled[[0, 2]].any()
    assert scaled[1].std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_each_channel_has_mean_0_and_std_1_over_the_training_images(shape, kind, monkeypatch):
    monkeypatch.setattr(images, "CHUNK_SIZE", 7)
    x = random_images(shape, kind=kind)
    scale = preprocessing.ChannelStandardizer(x)
    pixels = (x / (255 if kind == np.uint8 else 1)).astype(np.float64)
    pixels = pixels.reshape(-1, shape[3] if len(shape) == 4 else 1)
    np.testing.assert_allclose(scale.mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale.std, pixels.std(axis=0), rtol=1e-12)
    scaled = scale(x)
    assert (scaled.shape, scaled.dtype) == (shape, np.float32)
    expected = (pixels - pixels.mean(axis=0)) / pixels.std(axis=0)
    np.testing.assert_allclose(scaled.ravel(), expected.ravel(), atol=1e-5)


def test_the_statistics_are_those_of_the_training_images():
    scale = preprocessing.ChannelStandardizer(random_images((40, 4, 5, 3)))
    other = np.full((2, 6, 6, 3), scale.mean + 2 * scale.std)
    np.testing.assert_allclose(scale(other), 2, rtol=1e-5)


@pytest.mark.parametrize("make", [preprocessing.ChannelStandardizer, preprocessing.Whitening])
def test_uint8_images_and_the_same_images_in_0_to_1_are_equivalent(make):
    x = random_images((60, 4, 5, 3), kind=np.uint8)
    floats = x / np.float32(255)
    for transform in (make(x), make(floats)):
        np.testing.assert_allclose(transform(x), transform(floats), atol=1e-5)
    np.testing.assert_allclose(make(x)(x), make(floats)(x), atol=1e-4)


def test_a_channel_of_one_value_becomes_zeros():
    x = random_images((40, 4, 5, 3))
    x[..., 1] = 0.3
    scaled = preprocessing.ChannelStandardizer(x)(x)
    np.testing.assert_allclose(scaled[..., 1], 0, atol=1e-6)
    assert scaled[..., 0].std() == pytest.approx(1, abs=1e-5)


def covariance(x):
    return np.cov(rows(x).astype(float), rowvar=False)


@pytest.mark.parametrize("method", ["zca", "pca"])
@pytest.mark.parametrize("shape", [(300, 4, 5), (300, 4, 5, 3)])
def test_whitened_images_have_the_identity_for_a_covariance(method, shape, monkeypatch):
    monkeypatch.setattr(images, "CHUNK_SIZE", 77)
    x = random_images(shape)
    whitened = preprocessing.Whitening(x, method, epsilon=1e-12)(x)
    assert whitened.dtype == np.float32
    assert whitened.shape == (shape if method == "zca" else (300, x[0].size))
    np.testing.assert_allclose(rows(whitened).mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(covariance(whitened), np.eye(x[0].size), atol=2e-3)


@pytest.mark.parametrize("count", [80, 27, 12])  # more images than pixels, equally many, fewer
def test_zca_is_the_root_of_the_inverse_covariance(count):
    x, epsilon = random_images((count, 3, 3, 3)), 0.01
    c = covariance(x) + epsilon * np.eye(27)
    values, vectors = np.linalg.eigh(c)
    root = vectors @ np.diag(values**-0.5) @ vectors.T
    np.testing.assert_allclose(root @ root @ c, np.eye(27), atol=1e-8)
    expected = (rows(x) - rows(x).mean(axis=0)) @ root
    found = preprocessing.Whitening(x, epsilon=epsilon)(x)
    np.testing.assert_allclose(rows(found), expected, atol=1e-4)


@pytest.mark.parametrize("n_components", [None, 5])
def test_pca_is_that_of_scikit_learn(n_components):
    x, fresh = random_images((80, 4, 4)), random_images((9, 4, 4), seed=1)
    theirs = PCA(n_components, whiten=True, svd_solver="full").fit(rows(x))
    ours = preprocessing.Whitening(x, "pca", epsilon=1e-12, n_components=n_components)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(rows(ours.directions), theirs.components_, atol=1e-3)
    np.testing.assert_allclose(ours(fresh), theirs.transform(rows(fresh)), atol=5e-3)
    back = ours.inverse(ours(fresh))
    np.testing.assert_allclose(
        rows(back), theirs.inverse_transform(theirs.transform(rows(fresh))), atol=1e-4
    )


@pytest.mark.parametrize("count", [80, 20])
@pytest.mark.parametrize("method", ["zca", "pca"])
def test_inverse_returns_the_images(method, count):
    x = random_images((count, 4, 5, 3))
    whiten = preprocessing.Whitening(x, method)
    np.testing.assert_allclose(whiten.inverse(whiten(x)), x, atol=1e-4)


def repeated():
    """Return 40 images, 20 of them different."""
    return np.concatenate([random_images((20, 4, 5, 3))] * 2)


def framed():
    """Return images of 10 x 10 pixels, of which only 16 are not constant."""
    return np.pad(random_images((40, 4, 4)), [(0, 0), (3, 3), (3, 3)])


@pytest.mark.parametrize(("make", "rank"), [(repeated, 19), (framed, 16)])
def test_directions_are_those_in_which_the_images_differ(make, rank):
    x = make()
    whiten = preprocessing.Whitening(x, "pca", epsilon=1e-12)
    directions, whitened = rows(whiten.directions), whiten(x)
    assert len(directions) == np.linalg.matrix_rank(rows(x) - rows(x).mean(axis=0)) == rank
    np.testing.assert_allclose(directions @ directions.T, np.eye(rank), atol=1e-5)
    np.testing.assert_allclose(covariance(whitened), np.eye(rank), atol=1e-3)
    np.testing.assert_allclose(whiten.inverse(whitened), x, atol=1e-5)
    with pytest.raises(ValueError, match=f"n_components must be a whole number from 1 to {rank}"):
        preprocessing.Whitening(x, "pca", n_components=rank + 1)


@pytest.mark.parametrize("method", ["zca", "pca"])
def test_images_that_are_all_the_same_become_zeros(method):
    x = np.full((5, 4, 4), 0.3)
    whiten = preprocessing.Whitening(x, method)
    np.testing.assert_allclose(whiten(x), 0, atol=1e-5)
    np.testing.assert_allclose(whiten.inverse(whiten(x)), x, atol=1e-5)


def test_variances_below_epsilon_fade_and_pixels_that_never_change_stay_away():
    x = random_images((200, 4, 4))
    x[:, 0, 0] = 0.5
    whiten = preprocessing.Whitening(x, "pca", epsilon=1e-3)
    np.testing.assert_allclose(
        whiten(x).var(axis=0, ddof=1), whiten.variances / (whiten.variances + 1e-3), atol=1e-3
    )
    assert whiten.variances[-1] < 1e-9
    assert np.all(np.diff(whiten.variances) <= 0)


def test_whitening_uses_at_most_max_examples():
    x = random_images((200, 3, 3))
    some = preprocessing.Whitening(x, max_examples=50, seed=1)
    assert not np.allclose(some.mean, x.mean(axis=0), atol=1e-4)
    np.testing.assert_array_equal(
        some.mean, preprocessing.Whitening(x, max_examples=50, seed=1).mean
    )
    whole = preprocessing.Whitening(x, max_examples=200)
    np.testing.assert_allclose(whole.mean, x.mean(axis=0), atol=1e-6)


def patches_of(x, side):
    """Return all patches of images, (patches, pixels)."""
    height, width = x.shape[1] - side + 1, x.shape[2] - side + 1
    found = [
        image[i : i + side, j : j + side].ravel()
        for image in x
        for i in range(height)
        for j in range(width)
    ]
    return np.array(found, float)


@pytest.mark.parametrize("side", [1, 2, 3])
def test_the_outputs_of_patch_filters_are_uncorrelated(side):
    x = random_images((40, 9, 8, 3))
    filters = preprocessing.patch_filters(x, side, epsilon=1e-9)
    assert filters.shape == (6 * side * side, side, side, 3)
    assert filters.dtype == np.float32
    half = len(filters) // 2
    np.testing.assert_array_equal(filters[half:], -filters[:half])
    seen = patches_of(x, side) @ rows(filters)[:half].T
    np.testing.assert_allclose(np.cov(seen, rowvar=False), np.eye(half), atol=2e-2)


def test_patch_filters_are_in_descending_order_of_variance():
    x = random_images((40, 9, 8, 3))
    filters = rows(preprocessing.patch_filters(x, 2, epsilon=1e-9))[:12]
    variances = 1 / np.square(filters).sum(axis=1)
    assert np.all(np.diff(variances) < 0)
    np.testing.assert_allclose(
        variances, PCA().fit(patches_of(x, 2)).explained_variance_, rtol=1e-3
    )


def test_patch_filters_use_at_most_max_examples():
    x = random_images((40, 6, 6, 3))
    some = preprocessing.patch_filters(x, max_examples=10, seed=1)
    np.testing.assert_array_equal(some, preprocessing.patch_filters(x, max_examples=10, seed=1))
    assert not np.allclose(some, preprocessing.patch_filters(x))


X = random_images((6, 4, 4, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: preprocessing.standardize_per_image(X[0, 0]),
            r"x must be images .* float32 of shape \(4, 3\)",
        ),
        (
            lambda: preprocessing.ChannelStandardizer(X.astype(int)),
            r"uint8 or floats\. Got int64 of shape",
        ),
        (
            lambda: preprocessing.standardize_per_image(X[:0]),
            r"Got float32 of shape \(0, 4, 4, 3\) instead",
        ),
        (
            lambda: preprocessing.standardize_per_image(X * np.nan),
            r"mean of each image must be finite\. Got nan",
        ),
        (
            lambda: preprocessing.ChannelStandardizer(X * np.inf),
            r"mean of each channel must be finite\. Got",
        ),
        (lambda: preprocessing.ChannelStandardizer(X)(X[..., 0]), r"images, 3\. Got 1 instead"),
        (
            lambda: preprocessing.Whitening(X * np.nan),
            r"the mean of x_train must be finite\. Got nan",
        ),
        (
            lambda: preprocessing.Whitening(X[:1]),
            r"images of x_train must be .* at least 2\. Got 1",
        ),
        (lambda: preprocessing.Whitening(X, "lda"), r"method must be one of zca, pca\. Got 'lda'"),
        (
            lambda: preprocessing.Whitening(X, epsilon=0),
            r"epsilon must be positive\. Got 0 instead",
        ),
        (
            lambda: preprocessing.Whitening(X, n_components=3),
            r"n_components must be None for zca.* Got 3",
        ),
        (
            lambda: preprocessing.Whitening(X, "pca", n_components=49),
            r"from 1 to 5\. Got 49 instead",
        ),
        (
            lambda: preprocessing.Whitening(X)(X[..., 0]),
            r"shape \(4, 4, 3\), as .* Got \(4, 4\) instead",
        ),
        (
            lambda: preprocessing.patch_filters(X[..., 0]),
            r"x_train must be .* Got \(6, 4, 4\) instead",
        ),
        (lambda: preprocessing.patch_filters(X * np.nan), r"x_train must be finite\. Got nan"),
        (
            lambda: preprocessing.patch_filters(X, patch_size=5),
            r"patch_size must be .* from 1 to 4\. Got 5 instead",
        ),
        (
            lambda: preprocessing.patch_filters(X, epsilon=0),
            r"epsilon must be positive\. Got 0 instead",
        ),
        (
            lambda: preprocessing.to_displayable(X, n_std=0),
            r"n_std must be positive\. Got 0",
        ),
    ],
)
def test_invalid_arguments_raise(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_zero_is_displayed_as_gray_and_values_are_clipped():
    x = np.random.default_rng(0).normal(0, 5, (3, 8, 8, 3))
    x[0, 0, 0] = 0
    x[1] = 0
    shown = preprocessing.to_displayable(x, n_std=2)
    assert (shown.min(), shown.max()) == (0, 1)
    assert np.all(shown[0, 0, 0] == 0.5)
    assert np.all(shown[1] == 0.5)
    size = np.sqrt(np.mean(x[2] ** 2))
    np.testing.assert_allclose(shown[2], np.clip(0.5 + x[2] / (4 * size), 0, 1), atol=1e-6)


Y = np.array([2, 0, 1, 1, 0, 2, 2, 0, 1, 0])
FORMS = [Y, Y[:, np.newaxis], np.eye(3)[Y], Y.astype(np.uint8), Y.tolist(), Y.astype(float)]


@pytest.mark.parametrize("y", FORMS)
def test_some_of_each_class_are_in_the_order_of_the_classes(y):
    indices = preprocessing.sample_per_class(y, 3, seed=4)
    assert indices.shape == (3, 3)
    np.testing.assert_array_equal(Y[indices], [[0] * 3, [1] * 3, [2] * 3])
    assert len(set(indices.ravel())) == 9
    np.testing.assert_array_equal(indices, preprocessing.sample_per_class(y, 3, seed=4))


def test_another_seed_gives_other_indices_and_all_are_equally_likely():
    y = np.repeat([0, 1], 50)
    found = [preprocessing.sample_per_class(y, 5, seed) for seed in range(200)]
    counts = np.bincount(np.ravel(found), minlength=100)
    assert counts.min() > 3  # 20 each, with a standard deviation of 4.2
    assert counts.max() < 40


@pytest.mark.parametrize("y", FORMS)
def test_classes_are_counted(y):
    assert preprocessing.class_counts(y).tolist() == [4, 3, 3]


def test_a_one_hot_class_without_examples_has_count_0():
    assert preprocessing.class_counts(np.eye(4)[Y]).tolist() == [4, 3, 3, 0]


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("y", FORMS[:3])
def test_a_class_has_a_mean_image(kind, y, monkeypatch):
    monkeypatch.setattr(images, "CHUNK_SIZE", 2)
    x = random_images((10, 4, 5, 3), kind=kind)
    means = preprocessing.class_means(x, y)
    assert (means.shape, means.dtype) == ((3, 4, 5, 3), np.float32)
    white = 255 if kind == np.uint8 else 1
    for number in range(3):
        np.testing.assert_allclose(means[number], x[number == Y].mean(axis=0) / white, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: preprocessing.sample_per_class(Y, 4),
            r"y must have at least 4 examples of each class\. Got 3 of class 1 instead",
        ),
        (lambda: preprocessing.sample_per_class([0, 2], 1), r"Got 0 of class 1 instead"),
        (
            lambda: preprocessing.sample_per_class(Y, 0),
            r"n_per_class must be a whole number of at least 1",
        ),
        (lambda: preprocessing.class_means(X, [0, 0, 0, 2, 2, 2]), r"Got 0 of class 1 instead"),
        (
            lambda: preprocessing.class_means(X, Y),
            r"x and y must have the same length\. Got 6 and 10",
        ),
        (
            lambda: preprocessing.class_counts([0, -1]),
            r"y must hold integer labels from 0\. Got -1 instead",
        ),
        (
            lambda: preprocessing.class_counts([0.5, 1]),
            r"y must hold class labels, .* Got 0.5 instead",
        ),
        (
            lambda: preprocessing.class_counts(["a"]),
            r"y must hold integer labels.* Got <U1 of shape",
        ),
        (
            lambda: preprocessing.class_counts(np.zeros(0)),
            r"y must hold .* of shape \(0,\) instead",
        ),
    ],
)
def test_invalid_labels_raise(call, message):
    with pytest.raises(ValueError, match=message):
        call()
