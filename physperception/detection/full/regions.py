"""Region heads that run in iterations: each starts from the boxes the one before has adjusted (eq. 2.2-2.4)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.roi_heads import fastrcnn_loss
from torchvision.ops import MultiScaleRoIAlign, batched_nms, clip_boxes_to_image, remove_small_boxes

from physperception.detection.full.heads import BOX_GRID, MASK_GRID, Iteration
from physperception.detection.full.sampling import LAYERS, Samples, mask_losses, of_class, sample
from physperception.detection.trilayer import reweight

LEVELS = ["0", "1", "2", "3"]
REGIONS_AT_ONCE = 128

Features = dict[str, Tensor]
Shapes = Sequence[tuple[int, int]]


class RegionHeads(nn.Module):
    """Takes the place of torchvision's `RoIHeads` in a `GeneralizedRCNN`.

    Args:
        stages: the heads of each iteration.
        train_regions: boxes an image and iteration to learn from.

    Attributes:
        active: how many of the iterations run.
        reweighting: whether the box features of later iterations are weighted by the target mask of the one before.
        score_threshold, nms_threshold, detections: of what is kept.
    """

    def __init__(self, stages: Sequence[Iteration], train_regions: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.box_pool = MultiScaleRoIAlign(LEVELS, BOX_GRID, 2)
        self.mask_pool = MultiScaleRoIAlign(LEVELS, MASK_GRID, 2)
        self.fine_pool = MultiScaleRoIAlign(LEVELS, 2 * MASK_GRID, 2)
        self.active = len(stages)
        self.reweighting = False
        self.score_threshold, self.nms_threshold, self.detections = 0.05, 0.5, 100
        self._train_regions = train_regions

    def forward(
        self, features: Features, proposals: list[Tensor], shapes: Shapes, targets: list[dict[str, Tensor]] | None
    ) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
        """Detections when evaluating, losses when training; see `TriLayerRCNN`."""
        if self.training:
            return [], self._losses(features, proposals, shapes, targets or [])
        return self._detect(features, proposals, shapes), {}

    def _losses(
        self, features: Features, proposals: list[Tensor], shapes: Shapes, targets: list[dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        guesses = [torch.ones(len(boxes), dtype=torch.int64, device=boxes.device) for boxes in proposals]
        for number in range(self.active):
            stage = self._stage(number)
            coder = BoxCoder(stage.spread)
            regions = sample(proposals, guesses, targets, self._train_regions, stage.overlap, coder)
            vectors = self._box_features(number, features, regions.boxes, torch.cat(regions.guesses), shapes)
            logits, deltas = stage.boxes(vectors)
            classifier, box = fastrcnn_loss(logits, deltas, regions.labels, regions.deltas)
            terms = {"classifier": classifier, "box": box} | self._mask_losses(
                stage, features, regions, shapes, targets
            )
            losses |= {f"{name}{number + 1}": stage.weight * value for name, value in terms.items()}
            best = logits.detach()[:, 1:].argmax(1) + 1
            chosen = torch.where(regions.label > 0, regions.label, best)
            proposals = _adjust(coder, deltas.detach(), regions.boxes, chosen, shapes)
            guesses = list(best.split([len(boxes) for boxes in proposals]))
        return losses

    def _mask_losses(
        self, stage: Iteration, features: Features, regions: Samples, shapes: Shapes, targets: list[dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        positive = [labels > 0 for labels in regions.labels]
        boxes = [box[chosen] for box, chosen in zip(regions.boxes, positive)]
        matched = [index[chosen] for index, chosen in zip(regions.matched, positive)]
        return mask_losses(stage.masks(self.mask_pool(features, boxes, shapes)), boxes, matched, targets)

    def _detect(self, features: Features, boxes: list[Tensor], shapes: Shapes) -> list[dict[str, Tensor]]:
        scores: list[Tensor] = []
        guesses = torch.ones(sum(map(len, boxes)), dtype=torch.int64, device=boxes[0].device)
        for number in range(self.active):
            stage = self._stage(number)
            coder = BoxCoder(stage.spread)
            logits, deltas = stage.boxes(self._box_features(number, features, boxes, guesses, shapes))
            scores.append(logits.softmax(-1))
            if number + 1 < self.active:
                guesses = scores[-1][:, 1:].argmax(1) + 1
                boxes = _adjust(coder, deltas, boxes, guesses, shapes)
                if self.reweighting:
                    likely = scores[-1][:, 1:].amax(1) >= self.score_threshold
                    boxes = [box[keep] for box, keep in zip(boxes, likely.split([len(box) for box in boxes]))]
                    guesses, scores = guesses[likely], [score[likely] for score in scores]
        mean = torch.stack(scores).mean(0)
        counts = [len(box) for box in boxes]
        decoded = _decode(coder, deltas, boxes)
        found = [self._select(*image) for image in zip(decoded.split(counts), mean.split(counts), shapes)]
        return self._with_masks(features, found, shapes)

    def _select(self, boxes: Tensor, scores: Tensor, shape: tuple[int, int]) -> dict[str, Tensor]:
        """The detections of one image from boxes [R, classes + 1, 4] and scores [R, classes + 1]."""
        boxes = clip_boxes_to_image(boxes[:, 1:], shape).reshape(-1, 4)
        labels = torch.arange(1, scores.shape[1], device=scores.device).expand(len(scores), -1).reshape(-1)
        values = scores[:, 1:].reshape(-1)
        likely = torch.nonzero(values > self.score_threshold).squeeze(1)
        likely = likely[remove_small_boxes(boxes[likely], 1e-2)]
        kept = batched_nms(boxes[likely], values[likely], labels[likely], self.nms_threshold)[: self.detections]
        chosen = likely[kept]
        return {"boxes": boxes[chosen], "labels": labels[chosen], "scores": values[chosen]}

    def _with_masks(
        self, features: Features, found: list[dict[str, Tensor]], shapes: Shapes
    ) -> list[dict[str, Tensor]]:
        """Add the probabilities of each layer, the mean of all iterations."""
        regions = self.mask_pool(features, [item["boxes"] for item in found], shapes)
        labels = torch.cat([item["labels"] for item in found])
        counts = [len(item["boxes"]) for item in found]
        logits = [self._stage(number).masks(regions) for number in range(self.active)]
        for layer in LAYERS:
            values = [getattr(item, layer) for item in logits]
            if values[0] is None:
                continue
            if layer == "target":
                values = [of_class(value, labels) for value in values]
            mean = torch.stack([value.sigmoid() for value in values]).mean(0)[:, 0]
            for item, part in zip(found, mean.split(counts)):
                item[f"{layer}_masks"] = part
        return found

    def _box_features(
        self, number: int, features: Features, boxes: list[Tensor], guesses: Tensor, shapes: Shapes
    ) -> Tensor:
        """Features [R, C, 7, 7] for the box head, weighted by the mask of the guessed class (eq. 2.4)."""
        if number == 0 or not self.reweighting:
            return self.box_pool(features, boxes, shapes)
        fine = self.fine_pool(features, boxes, shapes)
        masks = self._guess_masks(number - 1, self.mask_pool(features, boxes, shapes), guesses)
        return functional.adaptive_avg_pool2d(reweight(fine, masks), BOX_GRID)

    @torch.no_grad()
    def _guess_masks(self, number: int, regions: Tensor, guesses: Tensor) -> Tensor:
        masks = self._stage(number).masks
        return torch.cat(
            [
                of_class(masks(part).target, labels)
                for part, labels in zip(regions.split(REGIONS_AT_ONCE), guesses.split(REGIONS_AT_ONCE))
            ]
        )

    def _stage(self, number: int) -> Iteration:
        stage = self.stages[number]
        assert isinstance(stage, Iteration)
        return stage


def _adjust(coder: BoxCoder, deltas: Tensor, boxes: list[Tensor], labels: Tensor, shapes: Shapes) -> list[Tensor]:
    """Boxes moved by the deltas of one class (from 1) each, within their image."""
    moved = _decode(coder, deltas, boxes)[torch.arange(len(labels), device=labels.device), labels]
    return [clip_boxes_to_image(part, shape) for part, shape in zip(moved.split([len(box) for box in boxes]), shapes)]


def _decode(coder: BoxCoder, deltas: Tensor, boxes: list[Tensor]) -> Tensor:
    """The box of every class [R, classes + 1, 4], also of no regions."""
    return coder.decode(deltas, boxes).reshape(len(deltas), deltas.shape[1] // 4, 4)
