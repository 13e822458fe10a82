"""Figures of optimizers on surfaces: paths, steps, basins, noise, and films."""
