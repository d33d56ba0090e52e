"""Amodal completion: the whole of an object from its visible part."""

from physperception.amodal.completer import Completer, Completion, OrderHint, create
from physperception.amodal.config import AmodalConfig

__all__ = ["AmodalConfig", "Completer", "Completion", "OrderHint", "create"]
