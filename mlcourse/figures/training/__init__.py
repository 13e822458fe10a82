"""Figures of fits: training history, learning rates, updates, losses of batches."""
