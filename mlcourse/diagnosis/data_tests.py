"""Tests of the inputs, and of the parts of the data."""

from __future__ import annotations

import math

import keras
import numpy as np

from mlcourse.diagnosis import drawing
from mlcourse.diagnosis.findings import Finding

MAX_SCALE = 10.0
MIN_SCALE = 0.02
FEW_FEATURES = 20
MAX_SCALE_RATIO = 1.5
MAX_MEAN_SHIFT = 0.3  # standard deviations
SAME_DATA = 0.5
N_QUERIES = 300
CHUNK = 10_000  # training examples per matrix product
ROUNDING = 1e-3  # of the norm of an example; distances below it are 0
CLOSE = np.array([0.1, 0.5])  # of the median distance to the nearest neighbor
MIN_DUPLICATES = 0.02
MIN_EACH = 100
N_EACH = 700  # examples of each part in the two-sample test
MIN_AUC = 0.65


def nan_in_inputs(evidence):
    """Find NaN and infinity in the inputs of the training and validation data.

    Test: any value that is not finite. One of them makes the loss NaN, and then all weights.
    """
    for name, part in _parts(evidence).items():
        is_bad = ~np.isfinite(part.x.reshape(len(part), -1).sum(axis=1, dtype=np.float64))
        if is_bad.any():
            message = f"{is_bad.sum():,} of {len(part):,} {name} examples hold NaN or infinity."
            advice = "x = np.nan_to_num(x)  # or leave those examples out"
            counts = {"finite": np.sum(~is_bad), "NaN or infinity": np.sum(is_bad)}
            draw = drawing.bars(counts, f"{name} examples")
            return Finding("NaN in inputs", message, advice, "high", np.flatnonzero(is_bad), draw)
    return None


def constant_inputs(evidence):
    """Find inputs that do not differ between the examples.

    Test: no feature varies; or, in a table of at most 20 features, one of them is constant. In
    images, constant pixels at the border are normal.
    """
    x = evidence.train.sample
    varies = x.min(axis=0) < x.max(axis=0)
    n_features = len(varies)
    if varies.all() or (varies.any() and n_features > FEW_FEATURES):
        return None
    message = f"{np.sum(~varies)} of {n_features} features are the same in all examples."
    advice = "print(x.std(axis=0))  # load or compute those features again"
    confidence = "medium" if varies.any() else "high"
    counts = {"varying": np.sum(varies), "constant": np.sum(~varies)}
    draw = drawing.bars(counts, "features")
    return Finding("constant inputs", message, advice, confidence, draw=draw)


def inputs_not_scaled(evidence):
    """Find inputs far from the scale for which initializers are made.

    Test: the root mean square of the inputs is above 10 (as of pixels from 0 to 255), or below
    0.02 (as of pixels that were divided by 255 twice). Initializers keep the variance of inputs of
    a variance around 1 (LeCun et al., Efficient BackProp, 1998). Models that start with a layer
    that scales are not tested.
    """
    if _starts_with_scaling(evidence.steps):
        return None
    x = evidence.train.sample
    scale = float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))
    if MIN_SCALE <= scale <= MAX_SCALE or scale == 0:
        return None
    message = (
        f"Inputs go from {x.min():g} to {x.max():g}, with a root mean square of {scale:.3g}; "
        "layers expect about 1."
    )
    advice = "x = (x - x_train.mean()) / x_train.std()  # or x / 255 for pixels"
    draw = drawing.bars({"here": scale, "expected": 1}, "root mean square", log_scale=True)
    return Finding("inputs not scaled", message, advice, "high", draw=draw)


def _starts_with_scaling(steps):
    """Return whether a model has a layer that scales before its first layer with a kernel."""
    for step in steps:
        if isinstance(step.layer, SCALING_LAYERS):
            return True
        if hasattr(step.layer, "kernel"):
            break
    return False


SCALING_LAYERS = (
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.Rescaling,
)


def scaled_differently(evidence):
    """Find a validation part with another mean or scale than the training part.

    Test: the ratio of the standard deviations is above 1.5, or the means differ by more than 0.3
    standard deviations, and this is more than 4 standard errors. In a table of at most 20 features
    each feature is tested, in other data all values together. Training examples have weights, so
    that their classes are as frequent as in the validation data (label shift: Lipton et al., 2018).
    """
    samples = [evidence.train.sample, evidence.validation.sample]
    is_table = samples[0].shape[1] <= FEW_FEATURES
    columns = [sample[:, None] if is_table else sample[:, :, None] for sample in samples]
    weights = [_weights_of_classes(evidence), np.ones(len(samples[1]))]
    moments = [_moments(*part) for part in zip(columns, weights, strict=True)]
    excess = _excess(moments, weights)
    feature = int(excess.argmax())
    if excess[feature] <= 0:
        return None
    x, other = (sample[:, feature] if is_table else sample for sample in samples)
    where = f" in feature {feature}" if is_table else ""
    message = (
        f"Training inputs have mean {x.mean():.3g} and standard deviation {x.std():.3g}{where}, "
        f"validation inputs {other.mean():.3g} and {other.std():.3g}."
    )
    advice = "x_val = (x_val - x_train.mean()) / x_train.std()  # the numbers of the training data"
    scales = {"training": float(x.std()), "validation": float(other.std())}
    largest = max(scales.values())
    draw = drawing.bars(scales, "standard deviation")
    if largest <= MAX_SCALE_RATIO * min(scales.values()):
        shift = abs(float(x.mean() - other.mean())) / largest
        shown = {"here": shift, "limit": MAX_MEAN_SHIFT}
        draw = drawing.bars(shown, "difference of the means, in standard deviations")
    name = "training and validation scaled differently"
    return Finding(name, message, advice, "high", draw=draw)


def _weights_of_classes(evidence):
    """Return weights of the training sample with which its classes are those of validation, (n,).

    They are 1 for a regression, and if the parts have no class in common.
    """
    weights = np.ones(len(evidence.train.sample))
    if not evidence.is_classification or evidence.validation.labels is None:
        return weights
    labels, others = evidence.train.sample_labels, evidence.validation.sample_labels
    for label in np.unique(labels):
        weights[labels == label] = np.mean(others == label) / np.mean(labels == label)
    return weights if weights.any() else np.ones_like(weights)


def _moments(x, weights):
    """Return the mean, the standard deviation and the kurtosis of each feature, (3, features).

    Args:
        x: values, (n, values of a feature in an example, features).
        weights: weights of the examples, (n,).
    """
    weights = weights[:, None, None] / (weights.sum() * x.shape[1])
    origin = x[0, 0]
    x = x - origin  # exactly 0 for a constant feature
    mean = np.sum(weights * x, axis=(0, 1))
    squares = np.square(x - mean)
    variance = np.sum(weights * squares, axis=(0, 1))
    fourth = np.sum(weights * np.square(squares), axis=(0, 1))
    kurtosis = fourth / np.where(variance > 0, np.square(variance), 1)
    return np.array([origin + mean, np.sqrt(variance), kurtosis])


def _excess(moments, weights):
    """Return by how much each feature exceeds the limits of shift or ratio, (features,).

    It is -1 for a feature that is constant in a part. The standard error of the logarithm of a
    standard deviation is `sqrt((kurtosis - 1) / (4 n))`.

    Args:
        moments: results of `_moments` of two parts.
        weights: weights of the examples of two parts.
    """
    means, scales, kurtoses = np.moveaxis(np.array(moments), 1, 0)
    n = np.array([[part.sum() ** 2 / np.sum(part**2)] for part in weights])
    with np.errstate(divide="ignore", invalid="ignore"):  # by constant features
        shift = np.abs(means[0] - means[1]) / scales.max(axis=0)
        shift_error = np.sqrt(np.sum(1 / n))
        ratio = np.log(scales.max(axis=0) / scales.min(axis=0))
        ratio_error = np.sqrt(np.sum((kurtoses - 1) / (4 * n), axis=0))
        shift -= np.maximum(MAX_MEAN_SHIFT, 4 * shift_error)
        ratio -= np.maximum(math.log(MAX_SCALE_RATIO), 4 * ratio_error)
    return np.where(scales.min(axis=0) > 0, np.maximum(shift, ratio), -1)


def validation_augmented(evidence):
    """Find validation images that differ systematically from the training images.

    Test: a classifier of trees learns to tell 700 training from 700 validation images; its area
    under the ROC curve, cross-validated, is above 0.65 (0.5 is chance). This is the classifier
    two-sample test of Lopez-Paz and Oquab (2017). Parts of different scale are another fault.
    """
    parts = [evidence.train.sample, evidence.validation.sample]
    if parts[0].shape[1] <= FEW_FEATURES or scaled_differently(evidence):
        return None
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import cross_val_score

    n_each = min(N_EACH, *map(len, parts))
    if n_each < MIN_EACH:
        return None
    rng = np.random.default_rng(evidence.seed)
    x = np.concatenate([part[rng.permutation(len(part))[:n_each]] for part in parts])
    is_validation = np.repeat([0, 1], n_each)
    trees = ExtraTreesClassifier(60, min_samples_leaf=3, random_state=evidence.seed)
    auc = cross_val_score(trees, x, is_validation, cv=3, scoring="roc_auc").mean()
    if auc <= MIN_AUC:
        return None
    message = (
        f"A classifier tells validation from training images with an AUC of {auc:.2f}; "
        "random parts give 0.5."
    )
    advice = "# augment in training only: x_val holds the images as they are"
    validation = evidence.validation
    draw = drawing.examples(validation.x, _labels_or_zeros(validation), validation.rows)
    return Finding("validation images augmented", message, advice, "medium", draw=draw)


def test_data_for_stopping(evidence):
    """Find validation data that is the test data.

    Test: at least half of the test examples are in the validation data. Early stopping and the
    choice of settings then fit the test data, and its accuracy is too high.
    """
    fraction = float(np.isin(_hashes(evidence.test.x), _hashes(evidence.validation.x)).mean())
    if fraction < SAME_DATA:
        return None
    message = (
        f"{fraction:.0%} of the test examples are in validation_data, which chooses the epoch."
    )
    advice = "x_train, x_val, y_train, y_val = training.train_validation_split(x_train, y_train)"
    draw = drawing.bars({"test examples in validation data": fraction}, percent=True)
    return Finding("test data used for stopping", message, advice, "high", draw=draw)


def duplicates_across_splits(evidence):
    """Find validation examples that are in the training data too, exactly or nearly.

    Test: the distances of 300 validation examples to the nearest training example, and those of 300
    training examples to the nearest other one. If the parts are drawn alike, both have the same
    distribution. The fraction below a tenth, or below a half, of the median distance within the
    training data is larger for the validation examples, by 2 percentage points and 4 standard
    errors, those of two fractions that are equal. Source of the problem: Barz and Denzler, Do We
    Train on Test Data?, 2020.
    """
    rng = np.random.default_rng(evidence.seed)
    train = _rows(evidence.train.x)
    validation = _rows(evidence.validation.x)
    own = rng.permutation(len(train))[:N_QUERIES]
    others = rng.permutation(len(validation))[:N_QUERIES]
    within = _nearest(train[own], train, own)
    across = _nearest(validation[others], train)
    for limit in CLOSE * np.median(within):
        fractions = np.array([np.mean(across <= limit), np.mean(within <= limit)])
        pooled = np.average(fractions, weights=[len(across), len(within)])
        error = math.sqrt(pooled * (1 - pooled) * (1 / len(across) + 1 / len(within)))
        if fractions[0] - fractions[1] > MIN_DUPLICATES + 4 * error:
            break
    else:
        return None
    indices = np.sort(others[across <= limit])
    message = (
        f"{fractions[0]:.0%} of {len(others)} validation examples are closer than {limit:.2g} to a "
        f"training example; within the training data {fractions[1]:.0%} are."
    )
    advice = "# remove duplicates before the split: np.unique(x, axis=0, return_index=True)"
    labels = _labels_or_zeros(evidence.validation)
    draw = drawing.examples(evidence.validation.x, labels, indices)
    return Finding("duplicates across splits", message, advice, "high", indices, draw)


def _nearest(queries, reference, own=None):
    """Return the Euclidean distance of each query to the nearest reference, (n,).

    Args:
        queries: (n, features).
        reference: (m, features).
        own: indices of the queries in the reference, which do not count; None if they are not in
            it.
    """
    nearest = np.full(len(queries), np.inf)
    query_norms = np.square(queries, dtype=np.float64).sum(axis=1)[:, None]
    for start in range(0, len(reference), CHUNK):
        part = reference[start : start + CHUNK].astype(np.float32)
        norms = np.square(part, dtype=np.float64).sum(axis=1)
        squares = query_norms + norms - 2 * (queries.astype(np.float32) @ part.T)
        if own is not None:
            is_here = (own >= start) & (own < start + len(part))
            squares[np.flatnonzero(is_here), own[is_here] - start] = np.inf
        nearest = np.minimum(nearest, squares.min(axis=1))
    scale = np.sqrt(query_norms[:, 0].mean())
    return np.where(nearest < (ROUNDING * scale) ** 2, 0, np.sqrt(np.maximum(nearest, 0)))


def _rows(x):
    """Return examples as rows, (n, features)."""
    return x.reshape(len(x), -1)


def _hashes(x):
    """Return the hash of each example, (n,), equal for equal examples of the same type."""
    x = np.ascontiguousarray(_rows(x), dtype=np.float32)
    return np.array([hash(row.tobytes()) for row in x])


def _labels_or_zeros(part):
    """Return the labels of a part; zeros for a regression."""
    return np.zeros(len(part), int) if part.labels is None else part.labels


def _parts(evidence):
    """Return a dict of names to the training and the validation part, if there is one."""
    parts = {"training": evidence.train, "validation": evidence.validation}
    return {name: part for name, part in parts.items() if part is not None}
