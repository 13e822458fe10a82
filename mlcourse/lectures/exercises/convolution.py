"""Exercises on convolution and pooling, for the lecture on convolutional networks."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import (
    Exercise,
    Mistake,
    difference,
    numerical_gradient,
    unless,
)

LECTURE = "convolutional-networks"


# conv-sizes
def _as_keras_builds_it(answer):
    """Keras builds a network of these sizes."""
    return difference(answer, keras_reference.sizes((33, 33, 3), 16, 5, 2), "your answer")


CONV_SIZES = Exercise(
    name="conv-sizes",
    lecture=LECTURE,
    kind="by hand",
    text="A convolution with 16 filters of 5 x 5, stride 2 and no padding reads an image of "
    "33 x 33 x 3; max pooling of 2 x 2 follows. Give the height, the width and the channels of the "
    "output, and the number of parameters.",
    start="sizes = height, width, channels, n_parameters = ..., ..., ..., ...",
    solution="sizes = 7, 7, 16, (5 * 5 * 3 + 1) * 16",
    properties=[_as_keras_builds_it],
    variants=["sizes = [7, 7, 16, 1216]"],
    mistakes=[
        Mistake(
            "the biases are missing",
            "each filter has one more parameter.",
            replace={" + 1": ""},
        ),
        Mistake(
            "one channel only",
            "how deep is a filter that reads three colors?",
            replace={"5 * 5 * 3": "5 * 5"},
        ),
        Mistake(
            "rounded up",
            "15 rows form pairs. What happens to the last row?",
            replace={"7, 7": "8, 8"},
        ),
        Mistake(
            "weights for each position",
            "the same filter is used at all positions.",
            replace={"* 16": "* 16 * 15 * 15"},
        ),
        Mistake(
            "pooling is forgotten",
            "this is the output of the convolution. Then 2 x 2 windows become one number.",
            replace={"7, 7": "15, 15"},
        ),
    ],
)


# edge-kernel
IMAGE = np.zeros((5, 6))
IMAGE[:, 3:] = 1


def _responses(kernel, image):
    windows = np.lib.stride_tricks.sliding_window_view(image, np.shape(kernel))
    return np.einsum("ijab,ab->ij", windows, kernel)


def _zero_on_flat_regions(kernel):
    """A region of one brightness gives 0."""
    if np.shape(kernel) != (3, 3):
        return f"the kernel has shape {np.shape(kernel)}, expected (3, 3)"
    return difference(_responses(kernel, np.ones((3, 3))), [[0]], "the response")


def _positive_at_the_edge(kernel):
    """A vertical edge from dark to bright gives a positive response."""
    return unless((_responses(kernel, IMAGE)[:, 1:3] > 1e-9).all(), "it does not")


def _zero_at_horizontal_edges(kernel):
    """A horizontal edge gives 0."""
    response = np.abs(_responses(kernel, IMAGE.T)).max()
    return unless(response < 1e-9, f"it gives {response:.3g}")


def _edge_signs(kernel):
    images = (np.ones((3, 3)), IMAGE[:3, 1:5], IMAGE.T[1:5, :3])
    return [np.sign(np.round(_responses(kernel, image), 9)) for image in images]


EDGE_KERNEL = Exercise(
    name="edge-kernel",
    lecture=LECTURE,
    kind="by hand",
    text="Give a kernel of 3 x 3 that finds vertical edges: positive where the image becomes "
    "brighter from left to right, 0 in regions of one brightness and at horizontal edges.",
    start="kernel = [[..., ..., ...], [..., ..., ...], [..., ..., ...]]",
    solution="kernel = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]",
    properties=[_zero_on_flat_regions, _positive_at_the_edge, _zero_at_horizontal_edges],
    observe=_edge_signs,
    variants=["kernel = np.outer([1, 2, 1], [-1.0, 0, 1])"],
    mistakes=[
        Mistake(
            "from bright to dark",
            "a layer does not flip the kernel: its left column meets the left pixels.",
            "kernel = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]",
        ),
        Mistake(
            "horizontal edges",
            "this compares the upper row with the lower one.",
            "kernel = [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]",
        ),
        Mistake(
            "the sum is not 0",
            "what is the response to a white region?",
            "kernel = [[0, 0, 1], [0, 0, 1], [0, 0, 1]]",
        ),
        Mistake(
            "edges of all directions",
            "this kernel also responds to horizontal edges.",
            "kernel = [[-1, -1, -1], [-1, 0, 1], [1, 1, 1]]",
        ),
        Mistake(
            "lines, not edges",
            "this kernel finds bright lines. What is on the left of an edge, and on its right?",
            "kernel = [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]]",
        ),
    ],
)


# convolution
def _as_keras_convolves(conv, image, kernel, stride):
    """Keras computes the same output."""
    expected = keras_reference.convolution(image, kernel, stride)
    return difference(conv(image, kernel, stride), expected, "the output", 1e-3)


def _linear(conv, image, kernel, stride):
    """An image twice as bright gives an output twice as large."""
    return difference(
        conv(2 * image, kernel, stride), 2 * np.asarray(conv(image, kernel, stride)), "the output"
    )


CONVOLUTION = Exercise(
    name="convolution",
    lecture=LECTURE,
    kind="write",
    text="Compute what a convolutional layer without padding and bias computes: `image` (H, W, C), "
    "`kernel` (k, k, C, F). The result has an output channel for each of the F filters. Loops are "
    "welcome.",
    start="def conv(image, kernel, stride):\n    return ...",
    solution="""def conv(image, kernel, stride):
    k = len(kernel)
    height = (image.shape[0] - k) // stride + 1
    width = (image.shape[1] - k) // stride + 1
    output = np.zeros((height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            window = image[top : top + k, left : left + k]
            output[i, j] = np.tensordot(window, kernel, 3)
    return output""",
    properties=[_linear, _as_keras_convolves],
    cases=lambda rng: [
        (rng.normal(size=(7, 8, 3)), rng.normal(size=(3, 3, 3, 2)), 1),
        (rng.normal(size=(9, 9, 2)), rng.normal(size=(3, 3, 2, 4)), 2),
    ],
    variants=[
        "def conv(image, kernel, stride):\n    k = len(kernel)\n"
        "    windows = np.lib.stride_tricks.sliding_window_view(image, (k, k), (0, 1))\n"
        "    return np.einsum('ijcab,abcf->ijf', windows[::stride, ::stride], kernel)"
    ],
    mistakes=[
        Mistake(
            "the kernel is flipped",
            "mathematics flips the kernel by 180 degrees; layers do not.",
            replace={"(window, kernel": "(window, kernel[::-1, ::-1]"},
        ),
        Mistake(
            "the stride is forgotten",
            "the size is right. Where does the second window start?",
            replace={"i * stride, j * stride": "i, j"},
        ),
        Mistake(
            "mean over the channels",
            "all products are added, also those of the channels.",
            replace={"kernel, 3)": "kernel, 3) / image.shape[2]"},
        ),
        Mistake(
            "the window is transposed",
            "rows of the kernel meet rows of the image.",
            replace={"(window, ": "(window.transpose(1, 0, 2), "},
        ),
        Mistake(
            "the last window is missing",
            "how many windows of 3 fit into 7 pixels?",
            replace={"// stride + 1": "// stride"},
        ),
    ],
)


# max-pooling
def _as_keras_pools(pool, image):
    """Keras computes the same output; a last odd row or column is dropped."""
    return difference(pool(image), keras_reference.max_pool(image), "the output")


MAX_POOLING = Exercise(
    name="max-pooling",
    lecture=LECTURE,
    kind="write",
    text="Max pooling of 2 x 2 windows with stride 2 of an image (H, W, C). If the height or the "
    "width is odd, the last row or column is left out.",
    start="def pool(image):\n    return ...",
    solution="""def pool(image):
    height, width = image.shape[0] // 2, image.shape[1] // 2
    windows = image[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
    return windows.max(axis=(1, 3))""",
    properties=[_as_keras_pools],
    cases=lambda rng: [(rng.normal(size=(6, 4, 3)),), (rng.normal(size=(5, 7, 2)),)],
    variants=[
        """def pool(image):
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    image = image[:height, :width]
    rows = np.maximum(image[::2], image[1::2])
    return np.maximum(rows[:, ::2], rows[:, 1::2])"""
    ],
    mistakes=[
        Mistake(
            "mean, not maximum",
            "max pooling keeps the largest value.",
            replace={"windows.max": "windows.mean"},
        ),
        Mistake(
            "the axes are mixed up",
            "reshape does not collect neighbors: which numbers are adjacent in memory?",
            replace={"(height, 2, width, 2, -1)": "(height, width, 2, 2, -1)", "(1, 3)": "(2, 3)"},
        ),
        Mistake(
            "one maximum for all channels",
            "each channel has its own maximum.",
            replace={
                "windows.max(axis=(1, 3))": "np.repeat(windows.max(axis=(1, 3, 4))[..., None], "
                "image.shape[2], axis=2)"
            },
        ),
        Mistake(
            "the windows overlap",
            "the next window starts where the previous one ends.",
            "def pool(image):\n    rows = np.maximum(image[:-1], image[1:])\n"
            "    return np.maximum(rows[:, :-1], rows[:, 1:])",
        ),
        Mistake(
            "the second window starts at pixel 1",
            "the size is right. By how many pixels does the window move?",
            """def pool(image):
    starts = [(i, j) for i in range(image.shape[0] // 2) for j in range(image.shape[1] // 2)]
    maxima = [image[i : i + 2, j : j + 2].max(axis=(0, 1)) for i, j in starts]
    return np.reshape(maxima, (image.shape[0] // 2, image.shape[1] // 2, -1))""",
        ),
        Mistake(
            "the maximum starts at 0",
            "what if all four values are negative?",
            replace={"windows.max(axis=(1, 3))": "windows.max(axis=(1, 3), initial=0)"},
        ),
    ],
)


# receptive-field
def _changed_by(layers):
    """Return how many of 400 inputs change an output in the middle."""

    def forward(x):
        for size, stride in layers:
            x = np.lib.stride_tricks.sliding_window_view(x, size, -1)[:, ::stride].sum(axis=-1)
        return x

    outputs = forward(np.eye(400))
    return np.count_nonzero(outputs[:, outputs.shape[1] // 2])


def _as_many_inputs_matter(field, layers):
    """As many inputs change the output."""
    return difference(field(layers), _changed_by(layers), f"your number for {layers}")


RECEPTIVE_FIELD = Exercise(
    name="receptive-field",
    lecture=LECTURE,
    kind="predict",
    text="Layers are given as pairs of kernel size and stride, the first layer first. How many "
    "pixels of a row does one output depend on? Predict it for (3, 1), (3, 1), (2, 2), (3, 1).",
    start="def field(layers):\n    return ...",
    solution="""def field(layers):
    size, distance = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * distance
        distance *= stride
    return size""",
    properties=[_as_many_inputs_matter],
    cases=lambda rng: [
        ([(3, 1), (3, 1), (2, 2), (3, 1)],),
        ([(5, 2), (3, 2), (3, 1)],),
        ([(3, 1)],),
        ([(2, 2), (2, 2), (int(rng.integers(3, 6)), 1)],),
    ],
    variants=[
        "def field(layers):\n    size = 1\n    for kernel_size, stride in reversed(layers):\n"
        "        size = (size - 1) * stride + kernel_size\n    return size"
    ],
    mistakes=[
        Mistake(
            "kernel sizes are added",
            "two kernels of 3 overlap: together they see 5 pixels.",
            "def field(layers):\n    return sum(kernel_size for kernel_size, _ in layers)",
        ),
        Mistake(
            "strides are ignored",
            "behind a stride of 2, neighbors are two pixels apart.",
            replace={"        distance *= stride\n": ""},
        ),
        Mistake(
            "the layer's own stride is used",
            "its stride separates its outputs, not its inputs.",
            "def field(layers):\n    size, distance = 1, 1\n"
            "    for kernel_size, stride in layers:\n"
            "        distance *= stride\n        size += (kernel_size - 1) * distance\n"
            "    return size",
        ),
        Mistake(
            "kernel sizes are multiplied",
            "without strides each layer adds kernel_size - 1 pixels.",
            "def field(layers):\n    size = 1\n    for kernel_size, _ in layers:\n"
            "        size *= kernel_size\n    return size",
        ),
        Mistake(
            "starts at 0 pixels",
            "without any layer, how many pixels does an output depend on?",
            replace={"size, distance = 1, 1": "size, distance = 0, 1"},
        ),
        Mistake(
            "only the layer's own stride counts",
            "which strides lie between the image and the inputs of this layer?",
            "def field(layers):\n    size = 1\n    for kernel_size, stride in layers:\n"
            "        size += (kernel_size - 1) * stride\n    return size",
        ),
    ],
)


# same-padding
def _keeps_the_size(padding, kernel_size):
    """The output is as large as the input."""
    before, after = padding(kernel_size)
    size = before + 20 + after - kernel_size + 1
    return unless(size == 20, f"for kernels of {kernel_size}, 20 pixels become {size}")


def _as_keras_pads(padding, kernel_size):
    """Keras pads in the same way."""
    image = np.arange(1.0, 8)[None, :, None]
    kernel = np.arange(1.0, kernel_size + 1)[None, :, None, None]
    before, after = (int(number) for number in padding(kernel_size))
    padded = np.pad(image, ((0, 0), (before, after), (0, 0)))
    expected = keras_reference.convolution(image, kernel, padding="same")
    actual = keras_reference.convolution(padded, kernel)
    return difference(actual, expected, "the output", 1e-3)


SAME_PADDING = Exercise(
    name="same-padding",
    lecture=LECTURE,
    kind="predict",
    text='With `padding="same"` and stride 1 the output of a convolution is as large as its input. '
    "How many zeros are added before and after each row? Predict it for kernels of 3 and of 5, "
    "then for any size. Keras adds the odd zero at the end.",
    start="def padding(kernel_size):\n    before = after = ...\n    return before, after",
    solution="def padding(kernel_size):\n    return (kernel_size - 1) // 2, kernel_size // 2",
    properties=[_keeps_the_size, _as_keras_pads],
    cases=lambda rng: [(1,), (3,), (4,), (5,), (2,)],
    variants=[
        "def padding(kernel_size):\n    before = (kernel_size - 1) // 2\n"
        "    return before, kernel_size - 1 - before"
    ],
    mistakes=[
        Mistake(
            "half the kernel on both sides",
            "right for odd sizes. And for a kernel of 4?",
            replace={"(kernel_size - 1) // 2": "kernel_size // 2"},
        ),
        Mistake(
            "the odd zero is in front",
            "the size is right, but Keras adds the odd zero at the end.",
            replace={
                "(kernel_size - 1) // 2, kernel_size // "
                "2": "kernel_size // 2, (kernel_size - 1) // 2"
            },
        ),
        Mistake(
            "the total on each side",
            "kernel_size - 1 zeros are added in all.",
            replace={
                "(kernel_size - 1) // 2, kernel_size // 2": "kernel_size - 1, kernel_size - 1"
            },
        ),
        Mistake(
            "always one zero",
            "this is right for kernels of 3.",
            replace={"(kernel_size - 1) // 2, kernel_size // 2": "1, 1"},
        ),
    ],
)


# kernel-gradient
def _as_finite_differences(gradient, image, G):
    """Finite differences give the same gradient."""
    n = len(image) - len(G) + 1
    kernel = np.zeros((n, n))
    expected = numerical_gradient(lambda: np.sum(G * _responses(kernel, image)), kernel)
    return difference(gradient(image, G), expected, "the gradient")


KERNEL_GRADIENT = Exercise(
    name="kernel-gradient",
    lecture=LECTURE,
    kind="write",
    text="A kernel of k x k moves over an image (H, W) with one channel, with stride 1 and no "
    "padding. `G` is the gradient of the loss with respect to the output, so its shape is "
    "(H - k + 1, W - k + 1). Return the gradient with respect to the kernel.",
    start="def gradient(image, G):\n    return ...",
    solution="""def gradient(image, G):
    height, width = G.shape
    k = image.shape[0] - height + 1
    result = np.zeros((k, k))
    for a in range(k):
        for b in range(k):
            result[a, b] = np.sum(G * image[a : a + height, b : b + width])
    return result""",
    properties=[_as_finite_differences],
    cases=lambda rng: [
        (rng.normal(size=(6, 8)), rng.normal(size=(4, 6))),
        (rng.normal(size=(5, 5)), rng.normal(size=(4, 4))),
    ],
    variants=[
        "def gradient(image, G):\n    k = len(image) - len(G) + 1\n"
        "    windows = np.lib.stride_tricks.sliding_window_view(image, (k, k))\n"
        "    return np.tensordot(G, windows, 2)"
    ],
    mistakes=[
        Mistake(
            "mean over the positions",
            "a weight is used at each position. Are its effects on the loss added or averaged?",
            replace={"np.sum(": "np.mean("},
        ),
        Mistake(
            "one position only",
            "the first output is only one of those that use this weight.",
            replace={"np.sum(G * image[a : a + height, b : b + width])": "G[0, 0] * image[a, b]"},
        ),
        Mistake(
            "G is missing",
            "an output with the gradient 0 has no effect on the loss.",
            replace={"np.sum(G * ": "np.sum("},
        ),
        Mistake(
            "the gradient is flipped",
            "which pixels are multiplied by the first weight of the kernel?",
            replace={"return result": "return result[::-1, ::-1]"},
        ),
        Mistake(
            "transposed",
            "rows of the kernel meet rows of the image.",
            replace={"return result": "return result.T"},
        ),
    ],
)


# unpack-images
def _rows_of_pixels(rng):
    channels_first = rng.integers(0, 256, (4, 3, 32, 32))
    return (channels_first.reshape(4, 3072),)


def _pixels_are_in_place(unpack, rows):
    """Pixel (i, j) of channel c is number 1024 c + 32 i + j of the row."""
    images = np.asarray(unpack(rows))
    if images.shape != (4, 32, 32, 3):
        return f"the shape is {images.shape}, expected (4, 32, 32, 3)"
    for i, j, c in ((0, 0, 1), (5, 9, 0), (31, 2, 2)):
        if (images[:, i, j, c] != rows[:, 1024 * c + 32 * i + j]).any():
            return f"pixel ({i}, {j}) of channel {c} is wrong"
    return None


UNPACK_IMAGES = Exercise(
    name="unpack-images",
    lecture=LECTURE,
    kind="fix",
    text="CIFAR-10 stores an image as a row of 3072 numbers: 1024 of red, row by row, then green, "
    "then blue. Return an array (n, 32, 32, 3). This code shows noise.",
    start="def unpack(rows):\n    return rows.reshape(-1, 32, 32, 3)",
    solution="def unpack(rows):\n    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)",
    properties=[_pixels_are_in_place],
    cases=lambda rng: [_rows_of_pixels(rng)],
    variants=[
        "def unpack(rows):\n    return np.moveaxis(rows.reshape(len(rows), 3, 32, 32), 1, -1)"
    ],
    mistakes=[
        Mistake(
            "the channels are not collected",
            "the first three numbers of a row are three reds, not a pixel.",
        ),
        Mistake(
            "rows and columns are exchanged",
            "the colors are right, but the sky is on the left.",
            replace={"(0, 2, 3, 1)": "(0, 3, 2, 1)"},
        ),
        Mistake(
            "blue comes first",
            "some libraries expect blue first; Keras and Matplotlib expect red.",
            replace={"(0, 2, 3, 1)": "(0, 2, 3, 1)[..., ::-1]"},
        ),
        Mistake(
            "the channels are in front",
            "other libraries expect this. Where does Keras expect the channels?",
            replace={".transpose(0, 2, 3, 1)": ""},
        ),
    ],
)

EXERCISES = [
    CONV_SIZES,
    EDGE_KERNEL,
    SAME_PADDING,
    RECEPTIVE_FIELD,
    CONVOLUTION,
    MAX_POOLING,
    KERNEL_GRADIENT,
    UNPACK_IMAGES,
]
