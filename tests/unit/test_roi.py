import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.vision.roi import box_iou, decode_boxes, encode_boxes, nms, roi_align


def bilinear(plane, x, y):
    """Value of a [H, W] array at continuous cell coordinates, zero outside, one number at a time."""
    total = 0.0
    for row in (int(np.floor(y)), int(np.floor(y)) + 1):
        for column in (int(np.floor(x)), int(np.floor(x)) + 1):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                total += plane[row, column] * (1 - abs(x - column)) * (1 - abs(y - row))
    return total


@pytest.mark.parametrize(
    "box", [(4.0, 4.0, 20.0, 28.0), (-6.0, 3.0, 9.0, 11.0), (30.0, 30.0, 60.0, 50.0), (5, 5, 6, 6)]
)
def test_roi_align_against_one_sample_at_a_time(box):
    size, samples, scale = 3, 2, 0.25
    features = torch.rand(2, 2, 9, 10, generator=torch.Generator().manual_seed(0))
    got = roi_align(features, torch.tensor([box], dtype=torch.float32), torch.tensor([1]), size, scale, samples)[0]
    x1, y1, x2, y2 = box
    for channel in range(2):
        plane = features[1, channel].numpy()
        for row in range(size):
            for column in range(size):
                values = []
                for sample_y in range(samples):
                    for sample_x in range(samples):
                        x = (x1 + (x2 - x1) * (column * samples + sample_x + 0.5) / (size * samples)) * scale - 0.5
                        y = (y1 + (y2 - y1) * (row * samples + sample_y + 0.5) / (size * samples)) * scale - 0.5
                        values.append(bilinear(plane, x, y))
                assert got[channel, row, column].item() == pytest.approx(np.mean(values), abs=1e-4)


def test_roi_align_keeps_the_order_of_mixed_images():
    features = torch.stack([torch.full((1, 8, 8), float(value)) for value in range(3)])
    boxes = torch.tensor([[8.0, 8, 16, 16]]).repeat(5, 1)
    index = torch.tensor([2, 0, 1, 2, 0])
    assert roi_align(features, boxes, index, 2, 0.25)[:, 0, 0, 0].tolist() == [2, 0, 1, 2, 0]
    assert roi_align(features, boxes[:0], index[:0], 2, 0.25).shape == (0, 1, 2, 2)


boxes_strategy = st.lists(
    st.tuples(st.floats(0, 50), st.floats(0, 50), st.floats(0, 30), st.floats(0, 30), st.floats(0, 1)), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(boxes_strategy, st.floats(0.1, 0.9))
def test_nms_against_its_definition(items, threshold):
    boxes = torch.tensor([[x, y, x + w, y + h] for x, y, w, h, _ in items]).reshape(-1, 4)
    scores = torch.tensor([score for *_, score in items])
    expected = []
    for index in sorted(range(len(items)), key=lambda i: -scores[i].item()):
        overlaps = [box_iou(boxes[index : index + 1], boxes[kept : kept + 1]).item() for kept in expected]
        if all(overlap <= threshold for overlap in overlaps):
            expected.append(index)
    assert nms(boxes, scores, threshold).tolist() == expected


def test_nms_leaves_other_groups_alone():
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(3, 1)
    kept = nms(boxes, torch.tensor([0.5, 0.9, 0.7]), 0.5, torch.tensor([0, 0, 1]))
    assert kept.tolist() == [1, 2]


def test_boxes_are_encoded_and_back():
    anchors = torch.tensor([[0.0, 0, 10, 20], [5, 5, 50, 30]])
    boxes = torch.tensor([[2.0, 1, 14, 18], [0, 0, 40, 40]])
    assert torch.allclose(decode_boxes(encode_boxes(boxes, anchors), anchors), boxes, atol=1e-3)
    assert torch.equal(decode_boxes(torch.zeros(2, 4), anchors), anchors)
