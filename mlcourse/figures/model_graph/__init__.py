"""A model of Keras as a graph: what it does block by block, and what goes where."""

from mlcourse.figures.model_graph.blocks import Block, Graph, graph
from mlcourse.figures.model_graph.words import times

__all__ = ["Block", "Graph", "graph", "times"]
