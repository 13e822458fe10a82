"""Helpers for all figures: Axes, text, titles, legends, style, saving."""
