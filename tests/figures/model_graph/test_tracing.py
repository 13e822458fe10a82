"""Graphs of models from books and tutorials: subclassed, nested, with frozen layers."""

import gc
import random

import keras
import numpy as np
import pytest

from mlcourse.figures.model_graph import graph
from tests.conftest import slow
from tests.figures.model_graph import graph_zoo
from tests.figures.model_graph.graph_zoo import ZOO

LAYERS = keras.layers
TIMES = "\N{MULTIPLICATION SIGN}"


def titles(drawn):
    return [block.title.replace(TIMES, "x") for block in drawn.blocks]


def named_edges(drawn):
    """Return the edges as pairs of the first descriptions of the blocks."""
    return [tuple(drawn.blocks[block].descriptions[0] for block in edge) for edge in drawn.edges]


@pytest.fixture(scope="module")
def zoo():
    """Return the models, created once."""
    return graph_zoo.made()


@pytest.mark.parametrize("expand", [False, True, *slow(1)])
@pytest.mark.parametrize("name", ZOO)
def test_each_parameter_is_counted_once(zoo, name, expand):
    model = zoo[name]
    drawn = graph(model, expand=expand)
    weights = [np.prod(weight.shape, dtype=int) for weight in model.weights]
    assert drawn.parameters == sum(weights) > 0
    trainable = [np.prod(weight.shape, dtype=int) for weight in model.trainable_weights]
    assert drawn.trainable == sum(trainable)
    assert all(source < target for source, target in drawn.edges)


@pytest.mark.parametrize("name", ["MobileNetV3Small"])
def test_the_graph_of_a_keras_application_has_all_parameters_and_layers(name):
    model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3))
    drawn = graph(model)
    assert drawn.parameters == model.count_params()
    assert drawn.trainable == sum(np.prod(one.shape, dtype=int) for one in model.trainable_weights)
    assert {name for block in drawn.blocks for name in block.layers} >= {
        layer.name for layer in model.layers
    }


def test_a_residual_block_is_unfolded_into_the_calls_of_its_layers(zoo):
    model = zoo["d2l ResNet"]
    assert [block.kind for block in graph(model).blocks][3:5] == ["model", "model"]
    assert titles(graph(model))[3:5] == ["Resnet block · 2 layers"] * 2
    one_level = titles(graph(model, expand=1))
    assert sum(title.startswith("Model residual") for title in one_level) == 4
    drawn = graph(model, expand=True)
    assert titles(drawn)[-5:] == [
        "Conv 3 x 3, 8 · batch norm · ReLU",
        "Conv 3 x 3, 8 · batch norm",
        "Add · ReLU",
        "Global average pooling",
        "Dense 10",
    ]
    assert titles(drawn).count("Add · ReLU") == 4
    assert sum(title.startswith("Conv 1 x 1, 8, stride 2") for title in titles(drawn)) == 1
    assert len(drawn.edges) == len(drawn.blocks) - 1 + 4  # four skips
    assert [block.shapes for block in drawn.blocks[-3:]] == [((4, 4, 8),), ((8,),), ((10,),)]


def test_a_subclassed_model_has_the_graph_of_the_functional_model_that_does_the_same():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right = LAYERS.Dense(4), LAYERS.Dense(4)
            self.normalize, self.head = LAYERS.BatchNormalization(), LAYERS.Dense(2, "softmax")

        def call(self, x):
            return self.head(self.normalize(self.left(x)) + self.right(x))

    model, inputs = Subclassed(), keras.Input((3,))
    drawn = graph(model, np.zeros((5, 3)))
    x = LAYERS.Add()(
        [LAYERS.BatchNormalization()(LAYERS.Dense(4)(inputs)), LAYERS.Dense(4)(inputs)]
    )
    same = graph(keras.Model(inputs, LAYERS.Dense(2, "softmax")(x)))
    assert titles(drawn) == titles(same) and drawn.edges == same.edges
    assert [block.shapes for block in drawn.blocks] == [block.shapes for block in same.blocks]
    assert [block.parameters for block in drawn.blocks] == [
        block.parameters for block in same.blocks
    ]


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((3, 6)),
        np.zeros((1, 6), "float32"),
        keras.KerasTensor((None, 6)),
        keras.KerasTensor((4, 6)),
    ],
)
def test_an_example_batch_builds_a_model(x):
    model = graph_zoo.Classifier()
    assert titles(graph(model, x))[:3] == ["Input", "Dense 16 · ReLU", "Dense 10 · softmax"]
    assert model.built and model(np.zeros((7, 6))).shape == (7, 10)


def test_unused_layers_are_marked_as_not_called(zoo):
    drawn = graph(zoo["classifier"])
    assert titles(drawn)[3:] == ["Dropout 0.5 · not called", "Dense 3 · not called"]
    assert drawn.edges == [(0, 1), (1, 2)]


def test_an_unused_layer_of_an_expanded_model_is_a_block():
    inner = graph_zoo.called(graph_zoo.Classifier(), 6)
    model = keras.Sequential([keras.Input((6,)), inner])
    assert len(graph(model).blocks) == 2
    assert titles(graph(model, expand=True))[3:] == [
        "Dropout 0.5 · not called",
        "Dense 3 · not called",
    ]


def test_a_layer_called_on_constants_has_an_edge_to_its_use(zoo):
    drawn = graph(zoo["Transformer"], expand=True)
    assert named_edges(drawn).count((f"Embedding 6 {TIMES} 8", "Add")) == 2
    positions = [block for block in drawn.blocks if block.title == f"Embedding 6 {TIMES} 8"]
    assert [block.shapes for block in positions] == [((6, 8),)] * 2
    assert not any("called" in title for title in titles(drawn))


def test_weights_of_the_model_itself_have_a_block(zoo):
    block = graph(zoo["vision Transformer"], expand=True).blocks[-1]
    assert block.descriptions == ["Weights outside layers", "class_token"] and block.parameters == 8


def test_each_model_of_a_gan_is_drawn_though_it_has_no_call(zoo):
    drawn = graph(zoo["GAN"])
    assert titles(drawn) == ["Model generator · 7 layers", "Model discriminator · 7 layers"]
    assert drawn.edges == [] and drawn.notes == [
        "GAN 'gan' has no call, so its layers have no arrows."
    ]
    unfolded = graph(zoo["GAN"], expand=True)
    inputs = [block.title for block in unfolded.blocks if block.kind == "input"]
    assert inputs == ["Input generator", "Input discriminator"]
    alone = [graph(zoo[name]) for name in ("generator", "discriminator")]
    assert len(unfolded.blocks) == sum(len(one.blocks) for one in alone)
    assert len(unfolded.edges) == sum(len(one.edges) for one in alone)


def test_two_outputs_of_a_model_lead_on_when_it_is_unfolded(zoo):
    drawn = graph(zoo["VAE"], expand=True)
    ends = [
        drawn.blocks[a].layers[-1] for a, b in drawn.edges if drawn.blocks[b].title == "Sampling"
    ]
    assert ends == ["z_mean", "z_log_var"]
    outputs = [title for title in titles(drawn) if "output" in title]
    assert len(outputs) == 3


def test_two_tensors_from_one_block_to_another_are_counted(zoo):
    drawn = graph(zoo["two outputs"])
    assert drawn.edges == [(0, 1), (1, 2), (2, 3)]
    assert drawn.n_tensors == {(0, 1): 1, (1, 2): 2, (2, 3): 1}
    assert set(graph(zoo["two outputs"], expand=True).n_tensors.values()) == {1}


def test_one_tensor_that_a_layer_takes_twice_is_one_arrow():
    inputs = keras.Input((4, 3))
    drawn = graph(keras.Model(inputs, LAYERS.MultiHeadAttention(2, 3)(inputs, inputs)))
    assert drawn.n_tensors == {(0, 1): 1}


def test_a_call_that_adds_a_loss_and_draws_numbers_is_traced():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = LAYERS.Dense(2), LAYERS.Dense(5)
            self.seed = keras.random.SeedGenerator(1)

        def call(self, x):
            z = self.encoder(x)
            self.add_loss(keras.ops.mean(z))
            return self.decoder(z + keras.random.normal(keras.ops.shape(z), seed=self.seed))

    model = Own()
    drawn = graph(model, np.ones((2, 5)))
    assert titles(drawn) == ["Input", "Dense 2", "Add", "Dense 5"] and drawn.notes == []
    assert "add_loss" not in vars(model) and np.array(model.seed.state)[1] == 0
    model.compile("sgd", "mse")
    assert len(model.fit(np.ones((4, 5)), np.ones((4, 5)), verbose=0).history["loss"]) == 1


def test_the_mode_of_training_reaches_layers_in_a_call_that_does_not_name_it():
    class Part(LAYERS.Layer):
        def __init__(self):
            super().__init__()
            self.dense, self.dropout = LAYERS.Dense(3), LAYERS.Dropout(0.5)

        def call(self, x):
            return self.dropout(self.dense(x))

    inputs = keras.Input((4,))
    drawn = graph(keras.Model(inputs, Part()(inputs, training=False)), expand=True)
    assert titles(drawn) == ["Input", "Dense 3 · dropout 0.5"] and drawn.notes == []


class ByValue(keras.Model):
    """A model whose call depends on values."""

    def __init__(self):
        super().__init__()
        self.small, self.large = LAYERS.Dense(3), LAYERS.Dense(3)

    def call(self, x):
        x = self.large(x) if float(keras.ops.sum(x)) > 0 else self.small(x)
        return np.asarray(x) * 2


@pytest.mark.parametrize("x", [np.ones((2, 4), "float32"), keras.KerasTensor((None, 4))])
def test_a_call_that_cannot_be_traced_is_drawn_as_its_layers_and_a_note(x):
    model = ByValue()
    drawn = graph(model, x)
    assert titles(drawn) == ["Dense 3", "Dense 3"] and not drawn.edges
    note, advice = drawn.notes
    assert note.startswith("The call of ByValue 'by_value")
    assert note.endswith("so its layers have no arrows.")
    assert advice.startswith("Layers and keras.ops can be traced; ")
    assert drawn.parameters == model.count_params() == 15


def test_a_model_inside_that_cannot_be_traced_stays_a_block():
    class Part(LAYERS.Layer):
        def __init__(self):
            super().__init__(name="part")
            self.dense = LAYERS.Dense(3)

        def call(self, x):
            if isinstance(x, keras.KerasTensor):
                raise RuntimeError("no symbols")
            return self.dense(x)

    model = graph_zoo.called(keras.Sequential([Part(), LAYERS.Dense(2)]), 3)
    drawn = graph(model, expand=True)
    assert titles(drawn) == ["Input", "Part · 1 layer", "Dense 2"]
    expected = "The call of Part 'part' cannot be traced (RuntimeError), so it is not unfolded."
    assert drawn.notes[0] == expected
    assert drawn.parameters == model.count_params()


def test_a_call_with_several_arguments_takes_a_tuple_or_a_dict():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = LAYERS.Dense(3)

        def call(self, image, facts, training=None):
            return self.dense(keras.ops.concatenate([image, facts], -1))

    specs = keras.KerasTensor((None, 2)), keras.KerasTensor((None, 4))
    for x in (specs, dict(zip(("image", "facts"), specs, strict=True))):
        drawn = graph(Two(), x)
        assert sorted(titles(drawn)[:2]) == ["Input facts", "Input image"]
        assert titles(drawn)[2:] == ["Concatenate", "Dense 3"] and drawn.parameters == 21
    model = Two()
    model(np.zeros((1, 2)), np.zeros((1, 4)))  # Keras records the shape of the image alone
    with pytest.raises(ValueError, match=r"x must be an example batch, .* Got None instead\."):
        graph(model)
    assert len(graph(model, specs).blocks) == 4


def test_one_argument_may_be_a_dict_and_the_shapes_of_a_built_model_are_known():
    class Named(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed, self.dense = LAYERS.Embedding(9, 3), LAYERS.Dense(2)

        def call(self, inputs):
            return self.dense(self.embed(inputs["token"])) + inputs["shift"]

    model = Named()
    drawn = graph(model, {"token": np.zeros((2, 5), int), "shift": np.zeros((2, 1, 1))})
    assert sorted(titles(drawn)[:2]) == ["Input shift", "Input token"]
    assert titles(graph(model)) == titles(drawn)


def test_frozen_parameters_are_counted_apart(zoo):
    for expand in (False, True):
        drawn = graph(zoo["frozen base"], expand=expand)
        base = zoo["frozen base"].get_layer("base")
        assert drawn.frozen == base.count_params() and drawn.trainable == 4 * 2 + 2
        assert drawn.parameters == drawn.frozen + drawn.trainable
        assert all(block.frozen in (0, block.parameters) for block in drawn.blocks)
    assert graph(zoo["d2l ResNet"]).frozen == 0  # moving averages are not trainable, nor frozen


def test_layers_that_are_frozen_one_by_one_are_frozen_parts_of_a_block():
    base = graph_zoo.generator()
    base.layers[0].trainable = False
    drawn = graph(keras.Sequential([keras.Input((8,)), base]))
    assert drawn.blocks[1].frozen == base.layers[0].count_params() < drawn.blocks[1].parameters


def test_an_unfrozen_layer_in_a_frozen_model_is_trainable():
    model = graph_zoo.vgg()
    model.get_layer("base").layers[0].trainable = True
    for expand in (False, True):
        drawn = graph(model, expand=expand)
        assert drawn.trainable == 10 + 3 * 3 * 3 * 4 + 4
        assert drawn.trainable + drawn.frozen == drawn.parameters


def test_a_shared_encoder_is_unfolded_each_time_and_counted_once(zoo):
    drawn = graph(zoo["siamese"], expand=True)
    assert titles(drawn).count("Dense 8 · ReLU · shared weights") == 2
    counts = [block.parameters for block in drawn.blocks if block.descriptions[0] == "Dense 8"]
    assert sorted(counts) == [0, 64 * 8 + 8]


def test_consecutive_equal_blocks_can_be_collapsed(zoo):
    model = zoo["vision Transformer"]
    drawn = graph(model, collapse_repeats=True)
    row = "Transformer encoder · 3 in a row · 4 layers"
    assert titles(drawn) == [
        *(
            "Input",
            "Conv 4 x 4, 8, stride 4",
            "Reshape",
            "Concatenate, axis 1",
            row,
            "Get item",
            "Dense 10",
        ),
        "Weights outside layers · class_token",
    ]
    assert drawn.edges == [(number, number + 1) for number in range(6)]
    assert drawn.parameters == model.count_params() and drawn.blocks[4].parameters % 3 == 0
    assert len(drawn.blocks[4].layers) == 3


def test_blocks_that_differ_or_have_a_skip_are_not_collapsed(zoo):
    for name in ("d2l GoogLeNet", "U-Net", "siamese"):
        assert graph(zoo[name], collapse_repeats=True) == graph(zoo[name])
    inputs = keras.Input((4,))
    x = LAYERS.Dense(4)(inputs)
    y = LAYERS.Dense(4)(x)
    z = LAYERS.Dense(4)(y)
    drawn = graph(keras.Model(inputs, LAYERS.Add()([x, z])), collapse_repeats=True)
    assert titles(drawn) == ["Input", "Dense 4", "Dense 4 · 2 in a row", "Add"]
    assert drawn.edges == [(0, 1), (1, 2), (1, 3), (2, 3)]


def test_collapsed_models_have_the_first_and_the_last_name():
    parts = [keras.Sequential([LAYERS.Dense(3)], name=f"part_{k}") for k in range(3)]
    drawn = graph(keras.Sequential([keras.Input((3,)), *parts]), collapse_repeats=True)
    assert titles(drawn) == ["Input", "Model part_0 to part_2 · 3 in a row · 1 layer"]
    assert drawn.blocks[1].parameters == 36


def state(model):
    layers = model._flatten_layers()
    return [
        (id(layer), layer.built, len(layer._inbound_nodes), len(layer._outbound_nodes), vars(layer))
        for layer in layers
    ]


@pytest.mark.parametrize("name", ["d2l ResNet", "VAE", "Transformer", "GAN", "vision Transformer"])
def test_a_model_is_not_changed(zoo, name):
    model = zoo[name]
    before = [
        (built, inbound, outbound, set(names), id(names.get("call")))
        for _, built, inbound, outbound, names in state(model)
    ]
    values = [np.array(variable) for variable in model.variables]
    seeds, python = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    graph(model, expand=True)
    gc.collect()
    after = [
        (built, inbound, outbound, set(names), id(names.get("call")))
        for _, built, inbound, outbound, names in state(model)
    ]
    assert after == before
    for variable, value in zip(model.variables, values, strict=True):
        np.testing.assert_array_equal(np.array(variable), value)
    assert np.random.get_state()[1].tolist() == seeds and random.getstate() == python  # noqa: NPY002


def test_a_model_trains_and_saves_after_its_graph_was_read(tmp_path):
    model = graph_zoo.d2l_resnet()
    before = [one[:4] for one in state(model)]
    graph(model, np.zeros((2, 16, 16, 1)), expand=True)
    assert [one[:4] for one in state(model)] == before
    model.compile("sgd", "mse")
    x = np.ones((4, 32, 32, 1), "float32")
    model.fit(x, np.ones((4, 10)), verbose=0)
    model.save_weights(tmp_path / "a.weights.h5")


@pytest.mark.parametrize(
    ("make", "x", "message"),
    [
        (graph_zoo.Classifier, None, r"must be built.* as x\. Got a Classifier without weights"),
        (graph_zoo.Classifier, 3, r"x must be an example batch: .* Got 3 instead\."),
        (graph_zoo.Classifier, [], r"x must be an example batch: .* Got \[\] instead\."),
        (graph_zoo.Classifier, "ab", r"x must be an example batch: .* Got 'ab' instead\."),
        (graph_zoo.Classifier, np.array(["a"]), r"x must be an example batch"),
        (graph_zoo.Classifier, np.float32(1), r"x must be an example batch"),
        (graph_zoo.d2l_resnet, np.zeros((1, 2)), r"x must be a batch that the model can be"),
        (
            lambda: keras.Sequential([graph_zoo.Residual(3)]),
            np.zeros((2, 3)),
            r"x must be a batch that the model can be called on\. Got shape \(2, 3\) instead; ",
        ),
    ],
)
def test_the_error_for_a_model_without_graph_has_advice(make, x, message):
    with pytest.raises(ValueError, match=message):
        graph(make(), x)


@pytest.mark.parametrize("expand", [-1, 1.5, "all", None])
def test_the_number_of_levels_is_a_whole_number(zoo, expand):
    with pytest.raises(ValueError, match="expand must be a whole number of at least 0"):
        graph(zoo["generator"], expand=expand)
