"""Figures of training: curves by epoch and batch, learning rates and update ratios."""
