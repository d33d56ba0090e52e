"""Lets vLLM's processes import torchvision beside a CPU torch, whose operators are missing there.

Torchvision's wheel is built against CUDA. Its library does not load, and `import torchvision` then fails for want of
two operators that nothing here calls. They are declared when something first imports it, so that no other Python
process pays for importing torch. Found through PYTHONPATH.
"""

import sys
from importlib.abc import MetaPathFinder


class _Declare(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != "torchvision":
            return
        sys.meta_path.remove(self)
        import torch

        self.library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in ("nms(Tensor a, Tensor b, float c) -> Tensor", "qnms(Tensor a, Tensor b, float c) -> Tensor"):
            self.library.define(schema)
        _KEPT.append(self)


_KEPT = []
sys.meta_path.insert(0, _Declare())
