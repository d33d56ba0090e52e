"""Grounding that runs on a CPU with no language model: typed queries over a scene's objects."""

from physperception.grounding.embedded.grounder import EmbeddedGrounder
from physperception.grounding.embedded.parser import parse
from physperception.grounding.embedded.query import Parsed, Query

__all__ = ["EmbeddedGrounder", "Parsed", "Query", "parse"]
