"""What is known of each dataset before a byte of it is read."""

from dataclasses import dataclass, field

from mlcourse import checks


@dataclass(frozen=True)
class Entry:
    """One dataset: where OpenML keeps it, and what its arrays must look like.

    Attributes:
        name: what `load` calls it.
        title: what people call it.
        image_shape: (height, width) or (height, width, channels) of one picture.
        class_names: in label order.
        train_counts: training pictures of each class.
        test_counts: test pictures of each class.
        openml_id: the dataset's number on OpenML.
        sha256: of the raw bytes of each array, where they are known.
    """

    name: str
    title: str
    image_shape: tuple
    class_names: tuple
    train_counts: tuple
    test_counts: tuple
    openml_id: int
    sha256: dict = field(default_factory=dict)


_ENTRIES = [
    Entry(
        name="fashion_mnist",
        title="Fashion-MNIST",
        image_shape=(28, 28),
        class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        train_counts=(6000,) * 10,
        test_counts=(1000,) * 10,
        openml_id=40996,
        sha256={
            "x_train": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
            "y_train": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
            "x_test": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
            "y_test": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
        },
    ),
    Entry(
        name="mnist",
        title="MNIST",
        image_shape=(28, 28),
        class_names=tuple("0123456789"),
        train_counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
        test_counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
        openml_id=554,
        sha256={
            "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        },
    ),
    Entry(
        name="cifar10",
        title="CIFAR-10",
        image_shape=(32, 32, 3),
        class_names=(
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        train_counts=(5000,) * 10,
        test_counts=(1000,) * 10,
        openml_id=40927,
    ),
]

CATALOGUE = {entry.name: entry for entry in _ENTRIES}


def find(name: str) -> Entry:
    """Returns the entry called `name`. Raises ValueError, with the known names, for any other.

    Example:
        >>> find("cifar10").image_shape
        (32, 32, 3)
    """
    return CATALOGUE[checks.choice("dataset", name, CATALOGUE)]
