"""Figures of dense networks: their units and weights, activations, tensors, gradients."""
