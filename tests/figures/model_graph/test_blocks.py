import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.figures.model_graph import graph
from tests.figures.model_graph import graph_models
from tests.figures.model_graph.graph_models import MODELS

LAYERS = keras.layers
TIMES = "\N{MULTIPLICATION SIGN}"


def chain(*layers, shape=(8,)):
    return keras.Sequential([keras.Input(shape), *layers])


def titles(model):
    return [block.title.replace(TIMES, "x") for block in graph(model).blocks]


def title(layer, shape):
    """Return the title of the block of one layer."""
    return titles(chain(layer, shape=shape))[1]


@pytest.mark.parametrize("name", MODELS)
def test_the_blocks_have_all_parameters_and_all_layers(name):
    model = MODELS[name]()
    drawn = graph(model)
    assert drawn.parameters == model.count_params()
    names = {layer for block in drawn.blocks for layer in block.layers}
    assert names >= {layer.name for layer in model.layers}
    assert all(source < target for source, target in drawn.edges)


def test_the_network_for_cifar():
    drawn = graph(graph_models.cifar())
    assert titles(graph_models.cifar()) == [
        "Input",
        "Conv 3 x 3, 32 · ReLU",
        "Conv 3 x 3, 32 · ReLU",
        "Max pooling 2 x 2 · dropout 0.25",
        "Conv 3 x 3, 64 · ReLU",
        "Conv 3 x 3, 64 · ReLU",
        "Max pooling 2 x 2 · dropout 0.25",
        "Flatten",
        "Dense 512 · ReLU · dropout 0.5",
        "Dense 10 · softmax",
    ]
    assert drawn.parameters == 2_168_362
    counts = [block.parameters for block in drawn.blocks]
    assert counts == [0, 896, 9248, 0, 18496, 36928, 0, 0, 2_097_664, 5130]
    assert [block.shapes for block in drawn.blocks[2:8]] == [
        ((32, 32, 32),),
        ((16, 16, 32),),
        ((16, 16, 64),),
        ((16, 16, 64),),
        ((8, 8, 64),),
        ((4096,),),
    ]
    assert drawn.edges == [(number, number + 1) for number in range(9)]
    kinds = ["input", *2 * ["convolution", "convolution", "pooling"], "shape", "dense", "dense"]
    assert [block.kind for block in drawn.blocks] == kinds


def test_activation_normalization_and_dropout_join_the_block_of_the_layer_before():
    layers = [LAYERS.Dense(4), LAYERS.BatchNormalization(), LAYERS.Activation("gelu")]
    drawn = graph(chain(*layers, LAYERS.Dropout(0.5), LAYERS.Dense(2)))
    assert [block.title for block in drawn.blocks[1:]] == [
        "Dense 4 · batch norm · GELU · dropout 0.5",
        "Dense 2",
    ]
    assert len(drawn.blocks[1].layers) == 4
    assert drawn.blocks[1].parameters == 8 * 4 + 4 + 4 * 4


def test_pooling_between_a_convolution_and_its_normalization_has_a_block():
    assert titles(graph_models.residual())[2:4] == [
        "Conv 3 x 3, 16",
        "Max pooling 2 x 2 · batch norm · ReLU",
    ]


def test_a_skip_connection_is_an_edge_to_the_sum():
    drawn = graph(graph_models.residual())
    sums = [number for number, block in enumerate(drawn.blocks) if block.kind == "merge"]
    assert sums == [6, 13]
    assert {(3, 6), (5, 6), (10, 13), (12, 13)} <= set(drawn.edges)
    assert len(drawn.edges) == len(drawn.blocks) - 1 + 2


def test_an_activation_after_two_layers_or_at_a_fork_is_a_block():
    inputs = keras.Input((4,))
    x = LAYERS.Dense(4)(inputs)
    model = keras.Model(inputs, LAYERS.Add()([x, LAYERS.ReLU()(x)]))
    assert titles(model) == ["Input", "Dense 4", "ReLU", "Add"]
    assert graph(model).edges == [(0, 1), (1, 2), (1, 3), (2, 3)]


def test_an_activation_after_an_output_is_a_block():
    inputs = keras.Input((4,))
    logits = LAYERS.Dense(3, name="logits")(inputs)
    model = keras.Model(inputs, [logits, LAYERS.Softmax(name="probabilities")(logits)])
    assert titles(model) == ["Input", "Dense 3 · output logits", "Softmax · output probabilities"]


def test_a_sum_has_the_activation_after_it():
    assert titles(graph_models.projected())[-1] == "Add · ReLU"


def test_several_inputs_and_outputs_have_their_names():
    assert titles(graph_models.two_inputs())[:2] == ["Input image", "Input facts"]
    ends = titles(models.two_head(6, names=("upper", "lower")))[-2:]
    assert ends == ["Dense 10 · softmax · output upper", "Dense 10 · softmax · output lower"]


def test_the_outputs_may_be_a_dict_and_the_model_one_of_operations():
    inputs = keras.Input((4,))
    x = keras.ops.relu(LAYERS.Dense(4)(inputs) + inputs)
    model = keras.Model(inputs, {"whole": x, "first": x[:, 0]})
    assert [block.title.split(" · output")[0] for block in graph(model).blocks] == [
        *("Input", "Dense 4", "Add · ReLU", "Get item")
    ]
    assert graph(model).edges == [(0, 1), (0, 2), (1, 2), (2, 3)]
    assert graph(model).blocks[-1].shapes == ((),)


def test_a_shared_layer_is_a_block_each_time_and_counted_once():
    shared, relu, inputs = LAYERS.Dense(8), LAYERS.ReLU(), keras.Input((8,))
    drawn = graph(keras.Model(inputs, relu(shared(relu(shared(inputs))))))
    assert [block.title for block in drawn.blocks[1:]] == ["Dense 8 · shared weights · ReLU"] * 2
    assert [block.parameters for block in drawn.blocks] == [0, 72, 0]


def test_a_model_within_the_model_is_one_block():
    drawn = graph(graph_models.siamese())
    name = "Model encoder · 2 layers · shared weights"
    assert [block.title for block in drawn.blocks[2:4]] == [name, name]
    assert [block.parameters for block in drawn.blocks[2:4]] == [64 * 32 + 32, 0]
    assert drawn.edges == [(0, 2), (1, 3), (2, 4), (3, 4), (4, 5)]


def test_a_functional_model_that_is_called_twice_keeps_its_outputs_apart():
    inner = keras.Input((3,))
    part = keras.Model(inner, LAYERS.Dense(3)(inner), name="part")
    inputs = keras.Input((3,))
    once = part(inputs)
    drawn = graph(keras.Model(inputs, [once, part(once)]))
    assert [block.shapes for block in drawn.blocks] == [((3,),)] * 3
    assert drawn.edges == [(0, 1), (1, 2)]
    assert all("output part" in block.title for block in drawn.blocks[1:])


def test_shapes_are_those_of_this_model_and_not_of_another_one_with_the_layer():
    layer = LAYERS.Conv2D(4, 3)
    layer(keras.Input((32, 32, 3)))
    assert graph(chain(layer, shape=(8, 8, 3))).blocks[1].shapes == ((6, 6, 4),)
    assert graph(chain(layer, shape=(None, None, 3))).blocks[1].shapes == ((None, None, 4),)


def test_a_layer_with_several_outputs_has_the_shapes_that_are_used():
    inputs = keras.Input((10, 8))
    output, state, _ = LAYERS.LSTM(5, return_state=True)(inputs)
    drawn = graph(keras.Model(inputs, LAYERS.Concatenate()([output, state])))
    assert drawn.blocks[1].shapes == ((5,), (5,))
    assert drawn.edges == [(0, 1), (1, 2)]


def test_a_model_that_was_built_later_and_one_of_a_class_of_its_own():
    class Own(keras.Model):
        def train_step(self, data):
            return {}

    later = keras.Sequential([LAYERS.Dense(3), LAYERS.ReLU()])
    later.build((None, 5))
    assert titles(later) == ["Input", "Dense 3 · ReLU"]
    inputs = keras.Input((4,))
    assert titles(Own(inputs, LAYERS.Dense(2)(inputs))) == ["Input", "Dense 2"]


def test_a_nested_model_without_compute_output_shape_has_shapes():
    class Part(keras.Model):
        def __init__(self):
            super().__init__(name="part")
            self.dense = LAYERS.Dense(3)

        def call(self, x):
            return self.dense(x)

    drawn = graph(chain(Part(), LAYERS.Dense(2), shape=(3,)))
    assert drawn.blocks[1].title == "Model part · 1 layer"
    assert drawn.blocks[1].shapes == ((3,),)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (LAYERS.Conv1D(8, 3, strides=2), (30, 4), "Conv 3, 8, stride 2"),
        (LAYERS.Conv2D(8, (3, 5), dilation_rate=2), (32, 32, 3), "Conv 3 x 5, 8, dilation 2"),
        (LAYERS.Conv2D(1024, 1, (2, 1)), (32, 32, 3), "Conv 1 x 1, 1,024, stride 2 x 1"),
        (LAYERS.Conv2DTranspose(4, 2, 2), (8, 8, 3), "Transposed conv 2 x 2, 4, stride 2"),
        (LAYERS.DepthwiseConv2D(3), (8, 8, 3), "Depthwise conv 3 x 3"),
        (LAYERS.SeparableConv2D(4, 3), (8, 8, 3), "Separable conv 3 x 3, 4"),
        (LAYERS.MaxPooling2D(3, 1), (8, 8, 3), "Max pooling 3 x 3, stride 1"),
        (LAYERS.GlobalAveragePooling2D(), (8, 8, 3), "Global average pooling"),
        (LAYERS.UpSampling2D(2), (8, 8, 3), "Upsampling 2 x 2"),
        (LAYERS.ZeroPadding2D(1), (8, 8, 3), "Zero padding"),
        (LAYERS.Embedding(1000, 16), (30,), "Embedding 1,000 x 16"),
        (LAYERS.LSTM(4), (30, 4), "LSTM 4"),
        (LAYERS.SimpleRNN(4), (30, 4), "Simple RNN 4 · tanh"),
        (LAYERS.Bidirectional(LAYERS.GRU(4)), (30, 4), "Bidirectional: GRU 4"),
        (LAYERS.TimeDistributed(LAYERS.Dense(3)), (30, 4), "Time distributed: Dense 3"),
        (LAYERS.Dense(3, activation=LAYERS.LeakyReLU()), (4,), "Dense 3 · leaky ReLU, slope 0.3"),
        (LAYERS.Dense(3, activation=keras.activations.softplus), (4,), "Dense 3 · softplus"),
        (LAYERS.Dense(3, activation="hard_sigmoid"), (4,), "Dense 3 · hard sigmoid"),
        (LAYERS.Activation("linear"), (4,), "Linear"),
        (LAYERS.GaussianNoise(0.1), (4,), "Gaussian noise 0.1"),
        (LAYERS.SpatialDropout2D(0.2), (4, 4, 3), "Spatial dropout 0.2"),
    ],
)
def test_descriptions_of_layers(layer, shape, expected):
    assert title(layer, shape) == expected


def test_the_description_of_a_custom_layer_is_its_class_name():
    class MyNewLayer(LAYERS.Layer):
        def call(self, x):
            return x

    assert title(MyNewLayer(), (3,)) == "My new layer"


class _Subclassed(keras.Model):
    def __init__(self, part=None):
        super().__init__()
        self.part = part or LAYERS.Dense(3)

    def call(self, x):
        return self.part(x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: keras.Sequential([LAYERS.Dense(3)]), "must be built.* Got a Sequential without"),
        (lambda: keras.Sequential(), "must be built.* Got a Sequential without weights instead"),
        (_Subclassed, r"must be built.* as x\. Got a _Subclassed without weights instead\."),
        (lambda: _Subclassed(LAYERS.Dense(2)), r"must be built.* as x\. Got a _Subclassed"),
        (lambda: [3, 2], r"model must be a Keras model, .* Got \[3, 2\] instead\."),
        (lambda: LAYERS.Dense(3), "model must be a Keras model, .* Got <Dense"),
        (lambda: None, r"model must be a Keras model, .* Got None instead\."),
        (lambda: np.ones(2), "model must be a Keras model"),
    ],
)
def test_an_invalid_model_raises(make, message):
    with pytest.raises(ValueError, match=message):
        graph(make())


def masked_text(length=10):
    """Return an LSTM with masked padding."""
    inputs = keras.Input((length,), dtype="int32")
    x = LAYERS.Embedding(100, 8, mask_zero=True)(inputs)
    return keras.Model(inputs, LAYERS.Dense(1)(LAYERS.LSTM(4)(x)))


def test_the_computation_of_a_mask_is_a_side_branch():
    drawn = graph(masked_text())
    assert titles(masked_text())[1:3] == ["Embedding 100 x 8", "Not equal to 0"]
    assert [block.is_side_branch for block in drawn.blocks] == [False, False, True, False, False]


def test_a_chain_of_operations_on_a_mask_is_one_block():
    inputs = keras.Input((6,), dtype="int32")
    mask = keras.ops.not_equal(inputs, 0)[:, None, :]
    x = LAYERS.Embedding(100, 8)(inputs)
    model = keras.Model(inputs, LAYERS.MultiHeadAttention(2, 4)(x, x, attention_mask=mask))
    drawn = graph(model)
    aside = [block.title for block in drawn.blocks if block.is_side_branch]
    assert aside == ["Not equal to 0 · get item"]
    assert len(drawn.blocks) == 4 and len(drawn.edges) == 4


def test_a_mask_that_is_added_to_scores_is_a_side_branch_and_the_only_path_is_not():
    inputs = keras.Input((6,))
    penalty = (1 - keras.ops.cast(inputs > 0, "float32")) * -1e9
    scores = LAYERS.Dense(6)(inputs / 255) + penalty
    drawn = graph(keras.Model(inputs, keras.ops.softmax(scores)))
    aside = {block.title: block.is_side_branch for block in drawn.blocks}
    chain = "Greater than 0 · cast to float32 · subtract from 1 · multiply by -1e9"
    assert aside == {
        "Input": False,
        "Divide by 255": False,
        "Dense 6": False,
        chain: True,
        "Add · softmax": False,
    }


def test_an_output_and_a_path_of_operations_are_no_side_branch():
    inputs = keras.Input((6,))
    positive = inputs > 0
    where = keras.ops.where(positive, LAYERS.Dense(6)(inputs), 0)
    assert not any(
        block.is_side_branch for block in graph(keras.Model(inputs, [where, positive])).blocks
    )
    assert not any(
        block.is_side_branch for block in graph(keras.Model(inputs, inputs * 2 + 1)).blocks
    )
