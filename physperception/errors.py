"""Errors a user can meet. Each message is one sentence that says what is wrong and, where there is one, the fix."""


class PhysperceptionError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(PhysperceptionError):
    """A parameter is unknown, missing, of the wrong type, or out of bounds; the message names the key."""


class ModelUnavailable(PhysperceptionError):
    """A model cannot be loaded; the message says what is missing and how to get it."""


class InvalidImage(PhysperceptionError):
    """An image cannot be decoded or is not usable; the message says why."""


class BagError(PhysperceptionError):
    """A bag cannot be read or written; the message says why."""
