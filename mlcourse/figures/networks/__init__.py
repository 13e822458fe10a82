"""Figures of dense networks: diagrams, activations, tensor shapes, values by layer."""
