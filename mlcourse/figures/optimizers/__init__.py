"""Figures of optimizers on surfaces: paths, losses, convergence, gradient noise and animations."""
