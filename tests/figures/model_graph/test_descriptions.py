"""Descriptions and kinds of all layers in `keras.layers`, and of operations."""

import functools
import inspect
import re

import keras
import numpy as np
import pytest
from keras import ops

from mlcourse.figures.model_graph import graph
from mlcourse.figures.model_graph.descriptions import describe_layer, kind_of
from mlcourse.figures.model_graph.operations import readable_class_name
from tests.figures.model_graph.test_blocks import TIMES

L = keras.layers
STEPS, IMAGE, VOLUME, UNITS = (6, 4), (8, 8, 4), (8, 8, 8, 4), (4,)


def block_of(layer, *shapes):
    """Return the block of a layer or function that is called on tensors of the given shapes."""
    inputs = [keras.Input(shape) for shape in shapes]
    output = layer(inputs if len(inputs) > 1 else inputs[0])
    return graph(keras.Model(inputs, output)).blocks[-1]


def title_of(layer, *shapes):
    return block_of(layer, *shapes).title.replace(TIMES, "x")


BUILT = [  # layer, shape, kind, title
    (L.Conv1D(8, 3), STEPS, "convolution", "Conv 3, 8"),
    (L.Conv2D(8, 3, 2), IMAGE, "convolution", "Conv 3 x 3, 8, stride 2"),
    (L.Conv3D(8, 3), VOLUME, "convolution", "Conv 3 x 3 x 3, 8"),
    (L.Conv2D(8, 3, groups=2), IMAGE, "convolution", "Grouped conv 3 x 3, 8, 2 groups"),
    (L.Conv2D(4, 3, groups=4), IMAGE, "convolution", "Depthwise conv 3 x 3"),
    (L.Conv2D(8, 3, groups=4), IMAGE, "convolution", "Depthwise conv 3 x 3, 2 for each channel"),
    (L.Conv1D(4, 3, groups=4), STEPS, "convolution", "Depthwise conv 3"),
    (L.Conv2D(8, 3), (8, 8, 1), "convolution", "Conv 3 x 3, 8"),
    (L.Conv1DTranspose(8, 3), STEPS, "convolution", "Transposed conv 3, 8"),
    (L.Conv2DTranspose(8, 2, 2), IMAGE, "convolution", "Transposed conv 2 x 2, 8, stride 2"),
    (L.Conv3DTranspose(8, 3), VOLUME, "convolution", "Transposed conv 3 x 3 x 3, 8"),
    (L.SeparableConv1D(8, 3), STEPS, "convolution", "Separable conv 3, 8"),
    (L.SeparableConv2D(8, 3), IMAGE, "convolution", "Separable conv 3 x 3, 8"),
    (L.DepthwiseConv1D(3), STEPS, "convolution", "Depthwise conv 3"),
    (
        L.DepthwiseConv2D(3, depth_multiplier=2),
        *(IMAGE, "convolution", "Depthwise conv 3 x 3, 2 for each channel"),
    ),
    (L.MaxPooling1D(2), STEPS, "pooling", "Max pooling 2"),
    (L.MaxPooling2D(2), IMAGE, "pooling", "Max pooling 2 x 2"),
    (L.MaxPooling3D((1, 2, 2)), VOLUME, "pooling", "Max pooling 1 x 2 x 2"),
    (L.AveragePooling1D(3, 2), STEPS, "pooling", "Average pooling 3, stride 2"),
    (L.AveragePooling2D(2), IMAGE, "pooling", "Average pooling 2 x 2"),
    (L.AveragePooling3D(2), VOLUME, "pooling", "Average pooling 2 x 2 x 2"),
    (L.GlobalMaxPooling1D(), STEPS, "pooling", "Global max pooling"),
    (L.GlobalMaxPooling2D(), IMAGE, "pooling", "Global max pooling"),
    (L.GlobalMaxPooling3D(), VOLUME, "pooling", "Global max pooling"),
    (L.GlobalAveragePooling1D(), STEPS, "pooling", "Global average pooling"),
    (L.GlobalAveragePooling2D(), IMAGE, "pooling", "Global average pooling"),
    (L.GlobalAveragePooling3D(), VOLUME, "pooling", "Global average pooling"),
    (L.Dense(5), UNITS, "dense", "Dense 5"),
    (L.EinsumDense("ab,bc->ac", 5), UNITS, "dense", "Einsum dense ab,bc->ac"),
    (L.SimpleRNN(5), STEPS, "recurrent", "Simple RNN 5 · tanh"),
    (L.LSTM(5), STEPS, "recurrent", "LSTM 5"),
    (L.GRU(5), STEPS, "recurrent", "GRU 5"),
    (L.Bidirectional(L.LSTM(5)), STEPS, "recurrent", "Bidirectional: LSTM 5"),
    (L.Bidirectional(L.GRU(5), "sum"), STEPS, "recurrent", "Bidirectional: GRU 5, sum"),
    (L.RNN(L.LSTMCell(5)), STEPS, "recurrent", "RNN: LSTM cell 5"),
    (L.RNN(L.SimpleRNNCell(5)), STEPS, "recurrent", "RNN: Simple RNN cell 5"),
    (
        L.RNN(L.StackedRNNCells([L.LSTMCell(5), L.GRUCell(6)])),
        *(STEPS, "recurrent", "RNN: LSTM cell 5, GRU cell 6"),
    ),
    (L.TimeDistributed(L.Dense(5)), STEPS, "recurrent", "Time distributed: Dense 5"),
    (L.ConvLSTM1D(5, 3), (2, 6, 4), "recurrent", "Conv LSTM 3, 5"),
    (L.ConvLSTM2D(5, 3), (2, *IMAGE), "recurrent", "Conv LSTM 3 x 3, 5"),
    (L.ConvLSTM3D(5, 3), (2, *VOLUME), "recurrent", "Conv LSTM 3 x 3 x 3, 5"),
    (L.Embedding(1000, 16), UNITS, "embedding", "Embedding 1,000 x 16"),
    (L.ReversibleEmbedding(9, 5), UNITS, "embedding", "Reversible embedding 9 x 5"),
    (L.BatchNormalization(), UNITS, "normalization", "Batch norm"),
    (L.LayerNormalization(), UNITS, "normalization", "Layer norm"),
    (L.GroupNormalization(2), UNITS, "normalization", "Group norm, 2 groups"),
    (L.RMSNormalization(), UNITS, "normalization", "RMS norm"),
    (L.UnitNormalization(), UNITS, "normalization", "Unit norm"),
    (
        L.SpectralNormalization(L.Dense(5)),
        *(UNITS, "normalization", "Spectral normalization: Dense 5"),
    ),
    (L.Normalization(mean=0.0, variance=1.0), UNITS, "normalization", "Normalization"),
    (L.Rescaling(1 / 255), UNITS, "normalization", "Rescaling, scale 1/255"),
    (
        L.Rescaling(1 / 127.5, -1),
        *(UNITS, "normalization", "Rescaling, scale 1/127.5, offset -1"),
    ),
    (L.Rescaling([1.0] * 4), UNITS, "normalization", "Rescaling, scale an array (4,)"),
    (L.Flatten(), IMAGE, "shape", "Flatten"),
    (L.Reshape((2, 2)), UNITS, "shape", "Reshape"),
    (L.Permute((2, 1)), STEPS, "shape", "Permute"),
    (L.RepeatVector(3), UNITS, "shape", "Repeat vector 3"),
    (L.ZeroPadding1D(1), STEPS, "shape", "Zero padding"),
    (L.ZeroPadding2D(1), IMAGE, "shape", "Zero padding"),
    (L.ZeroPadding3D(1), VOLUME, "shape", "Zero padding"),
    (L.Cropping1D(1), STEPS, "shape", "Cropping"),
    (L.Cropping2D(1), IMAGE, "shape", "Cropping"),
    (L.Cropping3D(1), VOLUME, "shape", "Cropping"),
    (L.UpSampling1D(2), STEPS, "shape", "Upsampling 2"),
    (L.UpSampling2D(2), IMAGE, "shape", "Upsampling 2 x 2"),
    (L.UpSampling3D(2), VOLUME, "shape", "Upsampling 2 x 2 x 2"),
    (L.ReLU(), UNITS, "other", "ReLU"),
    (L.ReLU(max_value=6), UNITS, "other", "ReLU6"),
    (L.ReLU(max_value=4), UNITS, "other", "ReLU, at most 4"),
    (L.ReLU(negative_slope=0.2), UNITS, "other", "Leaky ReLU, slope 0.2"),
    (L.ReLU(threshold=0.5), UNITS, "other", "ReLU, 0 below 0.5"),
    (L.LeakyReLU(), UNITS, "other", "Leaky ReLU, slope 0.3"),
    (L.LeakyReLU(0.01), UNITS, "other", "Leaky ReLU, slope 0.01"),
    (L.PReLU(), UNITS, "other", "Parametric ReLU, 4 slopes"),
    (L.PReLU(shared_axes=[1]), UNITS, "other", "Parametric ReLU, 1 slope"),
    (L.ELU(), UNITS, "other", "ELU"),
    (L.ELU(0.5), UNITS, "other", "ELU, alpha 0.5"),
    (L.Softmax(), STEPS, "other", "Softmax"),
    (L.Softmax(axis=1), STEPS, "other", "Softmax, axis 1"),
    (L.Activation("relu6"), UNITS, "other", "ReLU6"),
    (L.Activation("log_softmax"), UNITS, "other", "Log softmax"),
    (L.Activation("leaky_relu"), UNITS, "other", "Leaky ReLU, slope 0.2"),
    (L.Dropout(0.5), UNITS, "other", "Dropout 0.5"),
    (L.SpatialDropout1D(0.5), STEPS, "other", "Spatial dropout 0.5"),
    (L.SpatialDropout2D(0.5), IMAGE, "other", "Spatial dropout 0.5"),
    (L.SpatialDropout3D(0.5), VOLUME, "other", "Spatial dropout 0.5"),
    (L.AlphaDropout(0.5), UNITS, "other", "Alpha dropout 0.5"),
    (L.GaussianDropout(0.5), UNITS, "other", "Gaussian dropout 0.5"),
    (L.GaussianNoise(0.1), UNITS, "other", "Gaussian noise 0.1"),
    (L.ActivityRegularization(l2=0.1), UNITS, "other", "Activity regularization"),
    (L.Identity(), UNITS, "other", "Identity"),
    (L.Masking(), STEPS, "other", "Masking"),
    (L.Lambda(lambda x: 2 * x), UNITS, "other", "Lambda"),
]
MERGES = [L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate, L.Dot]
ATTENTION = [L.MultiHeadAttention, L.Attention, L.AdditiveAttention, L.GroupQueryAttention]
SHAPES = [L.Resizing, L.CenterCrop]
POOLINGS = [
    getattr(L, f"Adaptive{kind}Pooling{n}D") for kind in ("Max", "Average") for n in (1, 2, 3)
]
CELLS = [L.SimpleRNNCell, L.LSTMCell, L.GRUCell, L.StackedRNNCells]


def public_layers():
    """Return the distinct classes in `keras.layers`."""
    classes = {item for item in vars(L).values() if inspect.isclass(item)}
    return {item for item in classes if issubclass(item, L.Layer)} - {L.Layer, L.Wrapper}


@pytest.mark.parametrize(
    ("layer", "shape", "kind", "title"), BUILT, ids=[type(case[0]).__name__ for case in BUILT]
)
def test_each_layer_has_a_description_and_a_kind(layer, shape, kind, title):
    assert title_of(layer, shape) == title
    assert block_of(layer, shape).kind == kind


def test_all_public_layers_have_readable_names():
    known = {type(case[0]) for case in BUILT}
    known |= {*MERGES, *ATTENTION, *SHAPES, *POOLINGS, *CELLS, L.InputLayer}
    for layer in public_layers() - known:  # preprocessing, and models of other libraries
        words = readable_class_name(layer.__name__)
        assert words in OTHERS, layer
    assert {layer.__name__ for layer in known} <= {layer.__name__ for layer in public_layers()}


OTHERS = """AugMix|Auto contrast|Category encoding|CutMix|Discretization|Equalization|Flax layer
Contrast limited adaptive histogram equalization|Hashed crossing|Hashing|Integer lookup|JAX layer
Limit of bounding boxes|Mel spectrogram|MixUp|Pipeline|RandAugment|Random brightness
Random color degeneration|Random color jitter|Random contrast|Random crop|Random elastic transform
Random erasing|Random flip|Random Gaussian blur|Random grayscale|Random hue|Random invert
Random perspective|Random posterization|Random rotation|Random saturation|Random sharpness
Random shear|Random translation|Random zoom|STFT spectrogram|Solarization|String lookup
TFSM layer|Text vectorization|Torch module wrapper""".replace("\n", "|").split("|")


@pytest.mark.parametrize("layer", POOLINGS)
def test_adaptive_pooling_has_its_output_size(layer):
    sides = int(layer.__name__[-2])
    assert kind_of(layer(2)) == "pooling"
    words = describe_layer(layer(2))[0].replace(TIMES, "x")
    assert words.endswith("pooling to " + " x ".join(["2"] * sides))


def test_resizing_and_cropping_change_the_shape():
    assert title_of(L.Resizing(4, 4), IMAGE) == "Resizing"
    assert {kind_of(L.Resizing(4, 4)), kind_of(L.CenterCrop(4, 4))} == {"shape"}
    assert describe_layer(L.CenterCrop(4, 4)) == ["Center crop"]


@pytest.mark.parametrize("layer", MERGES)
def test_layers_that_merge_tensors(layer):
    made = layer(axes=1) if layer is L.Dot else layer()
    block = block_of(made, UNITS, UNITS)
    assert block.kind == "merge"
    assert block.title == {L.Dot: "Dot product"}.get(layer, layer.__name__)


def test_random_layers_are_of_kind_other():
    for layer in (L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomGaussianBlur()):
        assert kind_of(layer) == "other"
    assert describe_layer(L.RandomFlip("horizontal")) == ["Random flip"]


def attended(layer, *others, **options):
    """Return the title of an attention layer of x to tensors computed from x."""
    x = keras.Input(STEPS)
    tensors = [x, *(make(x) for make in others)]
    is_list = type(layer) in (L.Attention, L.AdditiveAttention)
    output = layer(tensors, **options) if is_list else layer(*tensors, **options)
    block = graph(keras.Model(x, output)).blocks[-1]
    assert block.kind == "attention"
    return block.title


def same(x):
    return x


def other(x):
    return x + 1


MANY = functools.partial(L.MultiHeadAttention, 2, 3)


@pytest.mark.parametrize(
    ("layer", "others", "options", "title"),
    [
        (MANY(), [same], {}, "Multi-head self-attention, 2 heads"),
        (MANY(), [other], {}, "Multi-head cross-attention, 2 heads"),
        (MANY(), [same, same], {}, "Multi-head self-attention, 2 heads"),
        (
            MANY(),
            [same],
            {"use_causal_mask": True},
            "Multi-head self-attention, 2 heads · causal mask",
        ),
        (L.MultiHeadAttention(1, 3), [same], {}, "Multi-head self-attention, 1 head"),
        (L.Attention(), [same], {}, "Self-attention"),
        (L.Attention(), [other], {}, "Cross-attention"),
        (L.Attention(), [other, lambda x: x + 2], {}, "Attention"),  # may be made of one tensor
        (L.AdditiveAttention(), [same], {}, "Additive self-attention"),
        (L.AdditiveAttention(), [other], {}, "Additive cross-attention"),
        (
            L.GroupQueryAttention(3, 4, 2),
            *([same], {}, "Grouped-query self-attention, 4 heads, 2 for keys and values"),
        ),
        (
            L.GroupQueryAttention(3, 4, 2),
            *([other], {}, "Grouped-query cross-attention, 4 heads, 2 for keys and values"),
        ),
    ],
)
def test_attention_is_to_itself_or_to_another_sequence(layer, others, options, title):
    assert attended(layer, *others, **options) == title


def test_attention_reads_the_names_of_its_inputs():
    x = keras.Input(STEPS)
    memory = x + 1
    outputs = MANY()(key=memory, value=memory, query=x)
    title = graph(keras.Model(x, outputs)).blocks[-1].title
    assert title == "Multi-head cross-attention, 2 heads"


@pytest.mark.parametrize(
    ("function", "title"),
    [
        (lambda x: x + 2.5, "Add 2.5"),
        (lambda x: x - 1, "Subtract 1"),
        (lambda x: 1 - x, "Subtract from 1"),
        (lambda x: x * 2, "Multiply by 2"),
        (lambda x: x * np.float32(2), "Multiply by 2"),
        (lambda x: x / 8, "Divide by 8"),
        (lambda x: 1 / x, "Divide 1 by it"),
        (lambda x: x // 2, "Divide by 2, rounded down"),
        (lambda x: x**2, "To the power of 2"),
        (lambda x: x % 3, "Remainder after division by 3"),
        (lambda x: x > 0, "Greater than 0"),
        (lambda x: ops.greater(0, x), "Less than 0"),
        (lambda x: x >= 1, "At least 1"),
        (lambda x: ops.not_equal(x, 0), "Not equal to 0"),
        (lambda x: ops.maximum(x, 0), "Maximum with 0"),
        (lambda x: x + np.ones((3, 4), "float32"), "Add an array (3, 4)"),
        (lambda x: x * ops.ones((4,)), "Multiply by an array (4,)"),
        (lambda x: L.Add()([x, np.ones((1, 3, 4), "float32")]), "Add an array (1, 3, 4)"),
        (
            lambda x: ops.matmul(x, np.ones((4, 2), "float32")),
            "Matrix product with an array (4, 2)",
        ),
        (lambda x: ops.where(x > 0, x, -1e9), "Where, else -1e9"),
        (lambda x: x * x, "Multiply by itself"),
        (lambda x: ops.clip(x, 0, 1), "Clip from 0 to 1"),
        (lambda x: ops.cast(x, "int32"), "Cast to int32"),
        (lambda x: ops.mean(x, axis=1), "Mean, axis 1"),
        (lambda x: ops.sum(x, axis=(1, 2)), "Sum, axes 1, 2"),
        (ops.mean, "Mean"),
        (ops.absolute, "Absolute value"),
        (ops.expand_dims, "Expand dimensions, axis 1"),
        (lambda x: ops.leaky_relu(x, 0.3), "Leaky ReLU, slope 0.3"),
        (lambda x: ops.elu(x, 0.4), "ELU, alpha 0.4"),
        (lambda x: ops.softmax(x, axis=1), "Softmax, axis 1"),
        (lambda x: ops.concatenate([x, x], axis=2), "Concatenate"),
        (lambda x: ops.concatenate([x, x], axis=1), "Concatenate, axis 1"),
    ],
)
def test_an_operation_has_its_constant(function, title):
    function = functools.partial(function, axis=1) if function is ops.expand_dims else function
    assert title_of(function, (3, 4)) == title


def test_all_operations_have_readable_names():
    operations = set()
    classes = [keras.Operation]
    while classes:
        classes += classes.pop().__subclasses__()
        operations |= {item for item in classes if item.__module__.startswith("keras.src.ops")}
    assert len(operations) > 250
    for operation in operations:
        words = readable_class_name(operation.__name__)
        assert not re.search(r"[a-z][A-Z]|[a-z]\d[a-z]|_", words.replace("NaN", "")), words
        assert words[0].isupper() or words[0].isdigit(), words


def test_functions_of_a_backend_are_activations():
    def softmax_v2(x):  # TensorFlow calls its softmax so
        return x

    def leaky_relu(x, alpha=0.2):
        return x

    cases = {
        softmax_v2: "softmax",
        leaky_relu: "leaky ReLU, slope 0.2",
        keras.activations.relu6: "ReLU6",
        functools.partial(
            keras.activations.leaky_relu, negative_slope=0.5
        ): "leaky ReLU, slope 0.5",
        L.LeakyReLU(0.1): "leaky ReLU, slope 0.1",
        (lambda x: x): "function of one's own",
    }
    for function, words in cases.items():
        layer = type("Dense", (), {"units": 3, "activation": staticmethod(function)})()
        assert describe_layer(layer) == ["Dense 3", words]


class MCDropout(L.Dropout):
    """A subclass of a dropout layer."""


class WideDense(L.Dense):
    """A subclass of a dense layer."""


def test_subclasses_have_their_own_name_and_the_kind_of_their_base_class():
    block = block_of(WideDense(5, activation="relu"), UNITS)
    assert (block.kind, block.title) == ("dense", "Wide dense 5 · ReLU")
    model = keras.Sequential([keras.Input(UNITS), L.Dense(3), MCDropout(0.5)])
    assert graph(model).blocks[-1].title == "Dense 3 · MC dropout 0.5"


def test_a_custom_layer_is_of_kind_other_whatever_its_name():
    class ConvPoolDense(L.Layer):
        def call(self, x):
            return x

    block = block_of(ConvPoolDense(), UNITS)
    assert (block.kind, block.title) == ("other", "Conv pool dense")


def test_the_description_of_a_model_of_operations_has_no_number_of_layers():
    x = keras.Input((3,))
    inner = keras.Model(x, keras.ops.multiply(x, 2.0), name="twice")
    assert describe_layer(inner) == ["Model twice"]
