"""Figures of searches and ablations: scores by trial and by setting."""
