"""Labelled pictures as numbers: scaled, whitened, and chosen, averaged and counted by class.

Pictures are arrays (n, height, width) or (n, height, width, channels), uint8 or of floats. As in
the rest of the package uint8 pictures are shares of 255, so that a scale that was made of them
suits the same pictures in [0, 1] as well.
"""

from mlcourse.preprocessing.images import (
    ChannelStandardizer,
    class_counts,
    class_means,
    per_channel,
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
    "per_channel",
    "sample_per_class",
    "standardize_per_image",
    "to_displayable",
]
