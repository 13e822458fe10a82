"""Models from books and tutorials: nested, subclassed, and with a custom `train_step`."""

import functools
import warnings

import keras
import numpy as np

LAYERS = keras.layers


def vgg(parts=3):
    """Return a frozen base with a trainable head, as in transfer learning."""
    base = [keras.Input((16, 16, 3))]
    for filters in [4] * parts:
        base += [LAYERS.Conv2D(filters, 3, padding="same"), LAYERS.BatchNormalization()]
    base = keras.Sequential([*base, LAYERS.GlobalAveragePooling2D()], name="base")
    base.trainable = False
    inputs = keras.Input((16, 16, 3))
    x = LAYERS.Dropout(0.2)(base(inputs, training=False))
    return keras.Model(inputs, LAYERS.Dense(2, "softmax")(x))


def unet(sizes=(4, 8, 16)):
    """Return a U-Net: an encoder and a decoder with skip connections at the same size."""
    inputs = keras.Input((32, 32, 3))
    x, skips = inputs, []

    def convolve(x, filters):
        for _ in range(2):
            x = LAYERS.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    for filters in sizes[:-1]:
        skips.append(convolve(x, filters))
        x = LAYERS.MaxPooling2D(2)(skips[-1])
    x = convolve(x, sizes[-1])
    for filters, skip in zip(sizes[-2::-1], reversed(skips), strict=True):
        x = LAYERS.Conv2DTranspose(filters, 2, strides=2)(x)
        x = convolve(LAYERS.Concatenate()([skip, x]), filters)
    return keras.Model(inputs, LAYERS.Conv2D(2, 1, activation="softmax")(x))


class Residual(keras.Model):
    """d2l's residual block."""

    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = LAYERS.Conv2D(num_channels, 3, padding="same", strides=strides)
        self.conv2 = LAYERS.Conv2D(num_channels, 3, padding="same")
        self.conv3 = LAYERS.Conv2D(num_channels, 1, strides=strides) if use_1x1conv else None
        self.bn1 = LAYERS.BatchNormalization()
        self.bn2 = LAYERS.BatchNormalization()

    def call(self, X):  # noqa: N803
        Y = keras.activations.relu(self.bn1(self.conv1(X)))  # noqa: N806
        Y = self.bn2(self.conv2(Y))  # noqa: N806
        if self.conv3 is not None:
            X = self.conv3(X)  # noqa: N806
        Y += X  # noqa: N806
        return keras.activations.relu(Y)


class ResnetBlock(LAYERS.Layer):
    """d2l's stage of residual blocks."""

    def __init__(self, num_channels, num_residuals, first_block=False):
        super().__init__()
        self.residual_layers = []
        for i in range(num_residuals):
            if i == 0 and not first_block:
                self.residual_layers.append(Residual(num_channels, use_1x1conv=True, strides=2))
            else:
                self.residual_layers.append(Residual(num_channels))

    def call(self, X):  # noqa: N803
        for layer in self.residual_layers:
            X = layer(X)  # noqa: N806
        return X


def d2l_resnet(stages=(4, 8)):
    """Return d2l's residual network, built by a call on data."""
    layers = [LAYERS.Conv2D(4, 7, 2, padding="same"), LAYERS.BatchNormalization(), LAYERS.ReLU()]
    layers.append(LAYERS.MaxPooling2D(3, 2, padding="same"))
    layers += [ResnetBlock(width, 2, first_block=k == 0) for k, width in enumerate(stages)]
    model = keras.Sequential([*layers, LAYERS.GlobalAvgPool2D(), LAYERS.Dense(10)])
    model(np.zeros((1, 32, 32, 1), "float32"))
    return model


class Inception(keras.Model):
    """d2l's Inception block."""

    def __init__(self, c1, c2, c3, c4):
        super().__init__()
        self.p1_1 = LAYERS.Conv2D(c1, 1, activation="relu")
        self.p2_1 = LAYERS.Conv2D(c2[0], 1, activation="relu")
        self.p2_2 = LAYERS.Conv2D(c2[1], 3, padding="same", activation="relu")
        self.p3_1 = LAYERS.Conv2D(c3[0], 1, activation="relu")
        self.p3_2 = LAYERS.Conv2D(c3[1], 5, padding="same", activation="relu")
        self.p4_1 = LAYERS.MaxPool2D(3, 1, padding="same")
        self.p4_2 = LAYERS.Conv2D(c4, 1, activation="relu")

    def call(self, x):
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return LAYERS.Concatenate()([self.p1_1(x), p2, p3, p4])


def googlenet():
    """Return a network of two of d2l's Inception blocks."""
    layers = [Inception(4, (2, 4), (2, 4), 4), Inception(4, (2, 8), (2, 8), 4)]
    model = keras.Sequential([*layers, LAYERS.GlobalAvgPool2D(), LAYERS.Dense(10)])
    model(np.zeros((1, 16, 16, 3), "float32"))
    return model


class Classifier(keras.Model):
    """A subclassed classifier, as in Chollet's book, with an unused layer."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.dense = LAYERS.Dense(16, activation="relu")
        self.dropout = LAYERS.Dropout(0.5)
        self.head = LAYERS.Dense(num_classes, activation="softmax")
        self.auxiliary = LAYERS.Dense(3)

    def call(self, inputs, training=None):
        x = self.dense(inputs)
        if training:
            x = self.dropout(x)
        return self.head(x)


class TransformerEncoder(LAYERS.Layer):
    """The encoder of Chollet's book."""

    def __init__(self, embed_dim, dense_dim, num_heads):
        super().__init__()
        self.attention = LAYERS.MultiHeadAttention(num_heads, embed_dim)
        self.dense_proj = keras.Sequential(
            [LAYERS.Dense(dense_dim, "relu"), LAYERS.Dense(embed_dim)]
        )
        self.layernorm_1 = LAYERS.LayerNormalization()
        self.layernorm_2 = LAYERS.LayerNormalization()

    def call(self, inputs, mask=None):
        if mask is not None:
            mask = mask[:, None, :]
        attended = self.attention(inputs, inputs, attention_mask=mask)
        proj_input = self.layernorm_1(inputs + attended)
        return self.layernorm_2(proj_input + self.dense_proj(proj_input))


class TransformerDecoder(LAYERS.Layer):
    """The decoder of Chollet's book."""

    def __init__(self, embed_dim, dense_dim, num_heads):
        super().__init__()
        self.attention_1 = LAYERS.MultiHeadAttention(num_heads, embed_dim)
        self.attention_2 = LAYERS.MultiHeadAttention(num_heads, embed_dim)
        self.dense_proj = keras.Sequential(
            [LAYERS.Dense(dense_dim, "relu"), LAYERS.Dense(embed_dim)]
        )
        self.norms = [LAYERS.LayerNormalization() for _ in range(3)]

    def call(self, inputs, encoder_outputs):
        x = self.attention_1(inputs, inputs, inputs, use_causal_mask=True)
        x = out_1 = self.norms[0](inputs + x)
        x = self.attention_2(x, encoder_outputs, encoder_outputs)
        out_2 = self.norms[1](x + out_1)
        return self.norms[2](out_2 + self.dense_proj(out_2))


class PositionalEmbedding(LAYERS.Layer):
    """The embedding of tokens and of their positions from Chollet's book."""

    def __init__(self, sequence_length, input_dim, output_dim):
        super().__init__()
        self.token_embeddings = LAYERS.Embedding(input_dim, output_dim)
        self.position_embeddings = LAYERS.Embedding(sequence_length, output_dim)

    def call(self, inputs):
        positions = keras.ops.arange(0, keras.ops.shape(inputs)[-1], 1)
        return self.token_embeddings(inputs) + self.position_embeddings(positions)


def transformer(tokens=6):
    """Return an encoder and a decoder for translation."""
    source = keras.Input((tokens,), dtype="int64", name="english")
    target = keras.Input((tokens,), dtype="int64", name="spanish")
    encoded = TransformerEncoder(8, 16, 2)(PositionalEmbedding(tokens, 20, 8)(source))
    x = TransformerDecoder(8, 16, 2)(PositionalEmbedding(tokens, 20, 8)(target), encoded)
    x = LAYERS.Dropout(0.5)(x)
    return keras.Model([source, target], LAYERS.Dense(20, "softmax")(x))


class Sampling(LAYERS.Layer):
    """Sample a latent vector, given its mean and log variance."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_var = inputs
        noise = keras.random.normal(keras.ops.shape(mean), seed=self.seed_generator)
        return mean + keras.ops.exp(0.5 * log_var) * noise


class VAE(keras.Model):
    """A variational autoencoder, with its encoder and decoder."""

    def __init__(self):
        super().__init__()
        inputs = keras.Input((8, 8, 1))
        x = LAYERS.Dense(16, "relu")(LAYERS.Flatten()(inputs))
        mean, log_var = LAYERS.Dense(2, name="z_mean")(x), LAYERS.Dense(2, name="z_log_var")(x)
        self.encoder = keras.Model(
            inputs, [mean, log_var, Sampling()([mean, log_var])], name="encoder"
        )
        latent = keras.Input((2,))
        x = LAYERS.Reshape((8, 8, 1))(LAYERS.Dense(64, "sigmoid")(latent))
        self.decoder = keras.Model(latent, x, name="decoder")

    def call(self, inputs):
        mean, log_var, z = self.encoder(inputs)
        return mean, log_var, self.decoder(z)


def two_outputs():
    """Return a variational autoencoder whose encoder has two outputs for the sampling."""
    inputs = keras.Input((8, 8, 1))
    x = LAYERS.Dense(16, "relu")(LAYERS.Flatten()(inputs))
    moments = [LAYERS.Dense(2, name="mean")(x), LAYERS.Dense(2, name="log_var")(x)]
    encoder = keras.Model(inputs, moments, name="encoder")
    moments = encoder(inputs)
    layers = [LAYERS.Dense(64, "sigmoid"), LAYERS.Reshape((8, 8, 1))]
    decoder = keras.Sequential(layers, name="decoder")
    return keras.Model(inputs, [*moments, decoder(Sampling()(moments))])


def generator():
    """Return the generator of a DCGAN."""
    layers = [keras.Input((8,)), LAYERS.Dense(4 * 4 * 8), LAYERS.Reshape((4, 4, 8))]
    for filters in (8, 4):
        layers += [LAYERS.Conv2DTranspose(filters, 4, 2, padding="same"), LAYERS.LeakyReLU(0.2)]
    layers.append(LAYERS.Conv2D(3, 5, padding="same", activation="sigmoid"))
    return keras.Sequential(layers, name="generator")


def discriminator():
    """Return the discriminator of a DCGAN."""
    layers = [keras.Input((16, 16, 3))]
    for filters in (4, 8):
        layers += [LAYERS.Conv2D(filters, 4, 2, padding="same"), LAYERS.LeakyReLU(0.2)]
    layers += [LAYERS.Flatten(), LAYERS.Dropout(0.2), LAYERS.Dense(1, "sigmoid")]
    return keras.Sequential(layers, name="discriminator")


class GAN(keras.Model):
    """A model with a `train_step` but without a call."""

    def __init__(self):
        super().__init__(name="gan")
        self.generator = generator()
        self.discriminator = discriminator()

    def train_step(self, data):
        return {}


class VisionTransformer(keras.Model):
    """A vision Transformer with a learned class token."""

    def __init__(self, blocks=3):
        super().__init__()
        self.patches = LAYERS.Conv2D(8, 4, 4)
        self.flatten = LAYERS.Reshape((16, 8))
        self.token = self.add_weight(shape=(1, 1, 8), name="class_token")
        self.blocks = [TransformerEncoder(8, 16, 2) for _ in range(blocks)]
        self.head = LAYERS.Dense(10)

    def call(self, images):
        x = self.flatten(self.patches(images))
        token = keras.ops.broadcast_to(self.token, (keras.ops.shape(x)[0], 1, 8))
        x = keras.ops.concatenate([token, x], axis=1)
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 0])


def siamese():
    """Return a classifier of the distance between the encodings of two images."""
    layers = [keras.Input((8, 8, 1)), LAYERS.Flatten(), LAYERS.Dense(8, "relu"), LAYERS.Dense(4)]
    encoder = keras.Sequential(layers, name="encoder")
    pair = [keras.Input((8, 8, 1), name=name) for name in ("left", "right")]
    left, right = map(encoder, pair)
    distance = keras.ops.sqrt(keras.ops.sum((left - right) ** 2, axis=1, keepdims=True))
    return keras.Model(pair, LAYERS.Dense(1, "sigmoid")(distance))


def called(model, *shape, dtype="float32"):
    """Return a model after a call on zeros, without the warnings of Keras about unused layers."""
    with warnings.catch_warnings(action="ignore"):
        model(np.zeros((2, *shape), dtype))
    return model


ZOO = {
    "frozen base": vgg,
    "U-Net": unet,
    "d2l ResNet": d2l_resnet,
    "d2l GoogLeNet": googlenet,
    "classifier": lambda: called(Classifier(), 6),
    "Transformer": transformer,
    "VAE": lambda: called(VAE(), 8, 8, 1),
    "two outputs": two_outputs,
    "generator": generator,
    "discriminator": discriminator,
    "GAN": GAN,
    "vision Transformer": lambda: called(VisionTransformer(), 16, 16, 3),
    "siamese": siamese,
}


@functools.cache
def made():
    """Return the models by name, created once for all tests."""
    return {name: make() for name, make in ZOO.items()}
