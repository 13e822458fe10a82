"""Figures of images: samples, predictions, feature maps, heat maps, neighbours."""
