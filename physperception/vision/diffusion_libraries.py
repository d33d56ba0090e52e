"""diffusers and transformers, imported in the way that works beside a torch without torchvision's operators."""

from __future__ import annotations

import importlib.util
from typing import Any

from physperception.errors import ModelUnavailable


def import_diffusion_libraries(user: str) -> tuple[Any, Any]:
    """The modules diffusers and transformers.

    Args:
        user: who needs them, as the error says.

    Raises:
        ModelUnavailable: one of them is not installed; the message says what to do.
    """
    if importlib.util.find_spec("torchvision") is not None:
        from physperception.vision.torchvision_ops import import_torchvision

        import_torchvision()
    try:
        import diffusers
        import transformers
    except ImportError as error:
        raise ModelUnavailable(
            f"{user} needs diffusers and transformers: pip install 'physperception[gpu]' "
            "or pip install 'diffusers>=0.36,<1' 'transformers>=5.16,<6'"
        ) from error
    return diffusers, transformers
