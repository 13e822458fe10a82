"""What Keras computes: the reference of the exercises that rebuild a part of it."""

import numpy as np


def crossentropy(logits, labels):
    """Return the mean cross-entropy of integer labels, from logits."""
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return float(loss(labels, logits.astype("float32")))


def smoothed_crossentropy(confidence, n_classes, alpha):
    """Return the loss with label smoothing if the true class is predicted with a confidence.

    The other classes share the rest equally.
    """
    import keras

    rest = (1 - confidence) / (n_classes - 1)
    predicted = np.full((1, n_classes), rest)
    predicted[0, 0] = confidence
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=alpha)
    return float(loss(np.eye(1, n_classes), predicted))


def optimize(name, gradient, weights, steps, **settings):
    """Return the weights after steps of a Keras optimizer."""
    import keras

    variable = keras.Variable(weights.astype("float32"))
    optimizer = keras.optimizers.get({"class_name": name, "config": settings})
    optimizer.build([variable])
    for _ in range(steps):
        slope = gradient(keras.ops.convert_to_numpy(variable)).astype("float32")
        optimizer.apply([keras.ops.convert_to_tensor(slope)])
    return keras.ops.convert_to_numpy(variable)


def convolution(image, kernel, stride=1, padding="valid"):
    """Return the convolution of an image (H, W, C) with a kernel (k, k, C, F)."""
    import keras

    tensors = image[None].astype("float32"), kernel.astype("float32")
    return keras.ops.convert_to_numpy(keras.ops.conv(*tensors, stride, padding))[0]


def normalized_convolution(image, kernel, bias, gamma, beta, mean, variance):
    """Return a convolution of an image (H, W, C) with batch normalization, as in prediction."""
    import keras

    z = convolution(image, kernel) + bias
    layer = keras.layers.BatchNormalization(epsilon=0.001)
    layer.build((None, *z.shape))
    layer.set_weights([gamma, beta, mean, variance])
    return keras.ops.convert_to_numpy(layer(z[None].astype("float32"), training=False))[0]


def max_pool(image):
    """Return the maxima of the 2 x 2 windows of an image (H, W, C)."""
    import keras

    tensor = image[None].astype("float32")
    return keras.ops.convert_to_numpy(keras.ops.max_pool(tensor, 2, 2))[0]


def sizes(input_shape, filters, kernel_size, stride):
    """Return the shape behind a convolution and 2 x 2 pooling, and the number of parameters."""
    import keras

    layers = [
        keras.Input(input_shape),
        keras.layers.Conv2D(filters, kernel_size, stride),
        keras.layers.MaxPooling2D(2),
    ]
    model = keras.Sequential(layers)
    return (*model.output_shape[1:], model.count_params())


def dense_parameters(n_inputs, units):
    """Return the number of parameters of a dense layer."""
    import keras

    layer = keras.layers.Dense(units)
    layer.build((None, n_inputs))
    return layer.count_params()


def batch_norm(x, gamma, beta):
    """Return batch normalization of x (n, units) with the statistics of this batch."""
    import keras

    layer = keras.layers.BatchNormalization(epsilon=1e-3)
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    return np.asarray(keras.ops.convert_to_numpy(layer(x.astype("float32"), training=True)))


def warm_cosine(n_warmup, n_steps, peak):
    """Return the learning rates of steps 0 to n_steps: a linear rise, then half a cosine."""
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, n_steps - n_warmup, warmup_target=peak, warmup_steps=n_warmup
    )
    return [float(schedule(step)) for step in range(n_steps + 1)]
