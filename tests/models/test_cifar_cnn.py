import numpy as np

from mlcourse import models


def test_it_is_the_course_s_network():
    model = models.cifar_cnn()
    block = ["Conv2D", "Conv2D", "MaxPooling2D", "Dropout"]
    dense = ["Flatten", "Dense", "Dropout", "Dense"]
    assert [type(layer).__name__ for layer in model.layers] == [*block, *block, *dense]
    assert model.count_params() == 2_168_362
    assert model.input_shape == (None, 32, 32, 3)
    convolutions = [layer for layer in model.layers if layer.name.startswith("conv")]
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert {layer.padding for layer in convolutions} == {"same"}
    rates = [layer.rate for layer in model.layers if layer.name.startswith("dropout")]
    assert rates == [0.25, 0.25, 0.5]
    functions = [layer.activation.__name__ for layer in model.layers if hasattr(layer, "kernel")]
    assert functions == ["relu"] * 5 + ["softmax"]
    assert not model.compiled


def test_its_layers_are_numbered_by_their_kind():
    assert [layer.name for layer in models.cifar_cnn().layers] == [
        "conv2d_1",
        "conv2d_2",
        "max_pooling2d_1",
        "dropout_1",
        "conv2d_3",
        "conv2d_4",
        "max_pooling2d_2",
        "dropout_2",
        "flatten",
        "dense_1",
        "dropout_3",
        "dense_2",
    ]


def test_the_outputs_are_probabilities():
    x = np.random.default_rng(0).random((2, 32, 32, 3), np.float32)
    np.testing.assert_allclose(models.cifar_cnn().predict_on_batch(x).sum(axis=1), 1, rtol=1e-5)
