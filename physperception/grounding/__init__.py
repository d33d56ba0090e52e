"""Grounding: what a command in words refers to in an image."""

from physperception.grounding.backends import Grounder, create
from physperception.grounding.config import GroundingConfig

__all__ = ["Grounder", "GroundingConfig", "create"]
