"""A sample as a conversation: the question a model is asked (EGM, figure 7) and the answer it is taught."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from physperception.grounding.vlm.families import INTERNVL, Family, Picture, from_pixels
from physperception.grounding.vlm.prompts import clean
from physperception.scene import Box
from physperception.training.grounding.reward import GroundTruth, read_boxes
from physperception.training.grounding.samples import GroundingSample

IMAGE = "<image>"
LEAST_IOU = 0.5


def question(sample: GroundingSample, family: Family) -> str:
    """The paper's prompt for the sample's text and kind, without the image."""
    return family.prompts[sample.kind].replace("{sent}", clean(sample.text))


def target_answer(sample: GroundingSample, family: Family) -> str:
    """Reasoning, where the sample has some, and boxes in the family's form and coordinates.

    Qwen3-VL: a fenced JSON list with `bbox_2d`; InternVL: `<ref>` and `<box>`. Nothing to be found is an empty list
    in both.

    Raises:
        ValueError: the boxes can't be said in the family's coordinates, such as one all but outside the image.
    """
    truth = GroundTruth.of(sample, family)
    picture = Picture("", sample.width, sample.height, sample.width, sample.height)
    boxes = [list(from_pixels(box, family, picture)) for box in truth.boxes]
    label = clean(sample.text)
    if not boxes:
        answer = "[]"
    elif family is INTERNVL:
        answer = f"<ref>{label}</ref><box>{json.dumps(boxes)}</box>"
    else:
        entries = [json.dumps({"bbox_2d": box, "label": label}, ensure_ascii=False) for box in boxes]
        answer = "```json\n[\n\t" + ",\n\t".join(entries) + "\n]\n```"
    if sample.reasoning:
        answer = f"<think>\n{sample.reasoning.strip()}\n</think>\n\n{answer}"
    _check(sample, answer, truth)
    return answer


def turns(sample: GroundingSample, family: Family) -> list[dict[str, str]]:
    """Both turns in the form that the scripts of Qwen3-VL and InternVL read.

    Raises:
        ValueError: as `target_answer`, or the reasoning holds a tag that stands for an image.
    """
    answer = target_answer(sample, family)
    if any(tag in answer for tag in (IMAGE, "<video>")):
        raise ValueError(f"sample {sample.id} names an image tag in its answer")
    return [
        {"from": "human", "value": f"{IMAGE}\n{question(sample, family)}"},
        {"from": "gpt", "value": answer},
    ]


def reinforcement_row(sample: GroundingSample, family: Family, image: str, index: int) -> dict[str, Any]:
    """A row of VeRL's data: prompt, image, and the ground truth that `reward.compute_score` reads.

    Args:
        image: path that the training finds.
        index: of the row.
    """
    return {
        "data_source": sample.source or "grounding",
        "prompt": [{"role": "user", "content": f"{IMAGE}{question(sample, family)}"}],
        "images": [{"image": image}],
        "ability": "grounding",
        "reward_model": {"style": "rule", "ground_truth": GroundTruth.of(sample, family).to_json()},
        "extra_info": {"index": index, "id": sample.id, "kind": sample.kind.value},
    }


def _check(sample: GroundingSample, answer: str, truth: GroundTruth) -> None:
    """That the grounder's own parser reads the answer as the boxes it stands for."""
    read = read_boxes(answer, truth)
    if read is None or len(read) != len(sample.boxes) or not _same(read, truth.boxes):
        raise ValueError(f"sample {sample.id} has boxes that can't be said in coordinates of {truth.family.name}")


def _same(read: Iterable[Box], boxes: Iterable[Box]) -> bool:
    return all(first.iou(second) >= LEAST_IOU for first, second in zip(read, boxes))
