"""Read the graph of a Keras model: blocks of layers, and the edges between them."""

from mlcourse.figures.model_graph.blocks import Block, Graph, graph
from mlcourse.figures.model_graph.descriptions import format_shape

__all__ = ["Block", "Graph", "format_shape", "graph"]
