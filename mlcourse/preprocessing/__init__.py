"""Image preprocessing: standardization, whitening, and samples and statistics per class.

Images are arrays, (n, height, width) or (n, height, width, channels), uint8 or floats. uint8 images
are divided by 255, as in the rest of the package, so that a transformer fitted on them also suits
the same images in [0, 1].
"""

from mlcourse.preprocessing.images import (
    ChannelStandardizer,
    class_counts,
    class_means,
    sample_per_class,
    standardize_per_image,
    to_displayable,
)
from mlcourse.preprocessing.whitening import Whitening, patch_filters

__all__ = [
    "ChannelStandardizer",
    "Whitening",
    "class_counts",
    "class_means",
    "patch_filters",
    "sample_per_class",
    "standardize_per_image",
    "to_displayable",
]
