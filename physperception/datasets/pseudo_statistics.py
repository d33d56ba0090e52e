"""What a file of pseudo-labels holds (in the form of thesis 000, Table 2.2), and how well it agrees with a truth."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physperception.datasets.coco import AnnotatedImages, SceneDataset, decode_rle


@dataclass(frozen=True)
class Statistics:
    """Counts over a file.

    Attributes:
        images, objects: all of them.
        separated, occluded: objects in each split; an object is in one at most.
        occluder_masks, occludee_masks: objects with at least one occluder or occludee.
        relations: ordered pairs.
        verified_objects: objects all of whose relations depth has confirmed.
        inconsistent_pairs: pairs dropped because depth contradicts their order.
    """

    images: int
    objects: int
    separated: int
    occluded: int
    occluder_masks: int
    occludee_masks: int
    relations: int
    verified_objects: int
    inconsistent_pairs: int

    @classmethod
    def of(cls, path: Path) -> Statistics:
        """Count a file that `pseudo_labels.label` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        annotations = content["annotations"]
        splits = Counter(annotation["split"] for annotation in annotations)
        return cls(
            images=len(content["images"]),
            objects=len(annotations),
            separated=splits["separated"],
            occluded=splits["occluded"],
            occluder_masks=sum(bool(annotation["occluder_ids"]) for annotation in annotations),
            occludee_masks=sum(bool(annotation["occludee_ids"]) for annotation in annotations),
            relations=sum(len(annotation["occluder_ids"]) for annotation in annotations),
            verified_objects=sum(annotation["order_verified"] is True for annotation in annotations),
            inconsistent_pairs=sum(image["inconsistent_pairs"] for image in content["images"]),
        )

    def table(self) -> str:
        rows = (
            ("Images", self.images),
            ("All objects", self.objects),
            ("Separated", self.separated),
            ("Occluded", self.occluded),
            ("Occluder masks", self.occluder_masks),
            ("Occludee masks", self.occludee_masks),
            ("Ordered pairs", self.relations),
            ("Objects with an order depth confirms", self.verified_objects),
            ("Pairs dropped, depth contradicts", self.inconsistent_pairs),
        )
        return _table("Data set", "# total", [(name, str(number)) for name, number in rows])


@dataclass(frozen=True)
class Agreement:
    """Pseudo-labels against a truth, over the images both have.

    Attributes:
        right, reversed, wrong: inferred pairs that the truth has, has only the other way round, or has not at all.
        missed: pairs of the truth that were not inferred in any direction.
        amodal_iou: mean intersection over union of completed masks with the true ones, over truly hidden objects
            (5 % and more); NaN without any.
    """

    right: int
    reversed: int
    wrong: int
    missed: int
    amodal_iou: float

    @property
    def precision(self) -> float:
        """Right among inferred pairs; NaN without any."""
        inferred = self.right + self.reversed + self.wrong
        return self.right / inferred if inferred else float("nan")

    @property
    def recall(self) -> float:
        """Right among pairs of objects the truth orders, one direction counted where it has both; NaN without any."""
        true = self.right + self.reversed + self.missed
        return self.right / true if true else float("nan")

    @classmethod
    def between(cls, truth: AnnotatedImages, path: Path, least_hidden: float = 0.05) -> Agreement:
        """Compare a file with the data set it was made from; both list the same images in the same order."""
        pseudo = SceneDataset(path)
        counts: Counter[str] = Counter()
        overlaps: list[float] = []
        for index in range(len(pseudo)):
            sample = truth[index]
            place = {number: at for at, number in enumerate(sample.annotation_ids)}
            found = np.zeros_like(sample.occludes)
            for annotation in pseudo.annotations(index):
                at = place[annotation["id"]]
                for occluder in annotation["occluder_ids"]:
                    found[place[occluder], at] = True
                whole = sample.amodal[at]
                if truth.has_amodal and sample.visible[at].sum() <= (1 - least_hidden) * whole.sum():
                    guess = decode_rle(annotation["amodal_segmentation"])
                    overlaps.append(float((guess & whole).sum() / (guess | whole).sum()))
            true, either = sample.occludes, sample.occludes | sample.occludes.T
            counts["right"] += int((found & true).sum())
            counts["reversed"] += int((found & ~true & true.T).sum())
            counts["wrong"] += int((found & ~either).sum())
            counts["missed"] += int((either & ~(found | found.T)).sum()) // 2
        return cls(
            right=counts["right"],
            reversed=counts["reversed"],
            wrong=counts["wrong"],
            missed=counts["missed"],
            amodal_iou=float(np.mean(overlaps)) if overlaps else float("nan"),
        )

    def table(self) -> str:
        rows = [
            ("Right pairs", str(self.right)),
            ("Reversed pairs", str(self.reversed)),
            ("Pairs the truth does not have", str(self.wrong)),
            ("Missed pairs", str(self.missed)),
            ("Precision", f"{self.precision:.3f}"),
            ("Recall", f"{self.recall:.3f}"),
            ("Amodal IoU of hidden objects", f"{self.amodal_iou:.3f}"),
        ]
        return _table("Against the truth", "", rows)


def _table(left: str, right: str, rows: list[tuple[str, str]]) -> str:
    wide = max(len(name) for name, _ in [*rows, (left, right)])
    lines = [f"{name:<{wide}}  {value:>8}" for name, value in [(left, right), *rows]]
    return "\n".join([lines[0], "-" * (wide + 10), *lines[1:]])
