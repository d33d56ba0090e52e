"""Perception for manipulation that knows what it cannot see and how things will behave."""

__version__ = "0.1.0"
