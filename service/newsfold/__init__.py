"""Newsfold: a gRPC server that folds overlapping news coverage into stories with summaries."""

from importlib.metadata import version

__version__ = version("newsfold")
