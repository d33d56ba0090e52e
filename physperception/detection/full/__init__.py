"""Full detectors of thesis chapter 2 on torchvision's parts: Mask R-CNN and Cascade Mask R-CNN with the
tri-layer plugin.

Importing this package imports torchvision (see `physperception.vision.torchvision_ops`) and raises ModelUnavailable
where it is not installed.
"""

from physperception.vision.torchvision_ops import import_torchvision

import_torchvision()
