"""`build` makes a full detector from its configuration."""

from __future__ import annotations

from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead

from physperception.detection.full.backbones import backbone
from physperception.detection.full.cascade import OVERLAPS, SPREADS, cascade
from physperception.detection.full.config import BACKBONES, FullDetectorConfig, Sizes
from physperception.detection.full.heads import Iteration, two_layer_box_head
from physperception.detection.full.model import TriLayerRCNN
from physperception.detection.full.regions import RegionHeads

ASPECT_RATIOS = (0.5, 1.0, 2.0)


def build(config: FullDetectorConfig) -> TriLayerRCNN:
    """The detector a configuration describes, with random weights.

    The second iteration of box adjustment has a box head and mask heads of its own, which is what the 23.4 M
    parameters of Table 2.5 are. Its overlap and box weights are those of a cascade's second stage.
    """
    sizes = config.sizes
    encoder = backbone(config.backbone or BACKBONES[config.model], sizes.pyramid)
    if config.is_cascade:
        stages = cascade(sizes.pyramid, sizes.box, sizes.mask_depth, len(config.classes), config.plugin)
    else:
        stages = [_iteration(config, number) for number in range(2 if config.box_adjustment else 1)]
    return TriLayerRCNN(config, encoder, _proposals(sizes), RegionHeads(stages, sizes.train_regions))


def _iteration(config: FullDetectorConfig, number: int) -> Iteration:
    sizes = config.sizes
    return Iteration(
        two_layer_box_head(sizes.pyramid, sizes.box), sizes.box, sizes.pyramid, sizes.mask_depth,
        len(config.classes), config.plugin, overlap=OVERLAPS[number], spread=SPREADS[number],
    )  # fmt: skip


def _proposals(sizes: Sizes) -> RegionProposalNetwork:
    anchors = AnchorGenerator(tuple((side,) for side in sizes.anchors), (ASPECT_RATIOS,) * len(sizes.anchors))
    counts = {"training": sizes.train_proposals, "testing": sizes.test_proposals}
    return RegionProposalNetwork(
        anchors, RPNHead(sizes.pyramid, len(ASPECT_RATIOS)),
        fg_iou_thresh=0.7, bg_iou_thresh=0.3, batch_size_per_image=256, positive_fraction=0.5,
        pre_nms_top_n=counts, post_nms_top_n=counts, nms_thresh=0.7,
    )  # fmt: skip
