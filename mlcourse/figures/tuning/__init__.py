"""Figures of hyperparameter searches and ablations."""
