"""Figures of images: samples, predictions, neighbors, feature maps and heat maps."""
