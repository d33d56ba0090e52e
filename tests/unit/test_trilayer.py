import pytest
import torch

from physperception.detection.trilayer import TriLayerMaskHead, reweight


@pytest.mark.parametrize(("channels", "width", "classes", "size"), [(16, 8, 1, 14), (256, 32, 80, 14), (8, 4, 3, 7)])
def test_three_layers_at_twice_the_resolution(channels, width, classes, size):
    logits = TriLayerMaskHead(channels, width, classes=classes)(torch.rand(5, channels, size, size))
    assert logits.target.shape == (5, classes, 2 * size, 2 * size)
    assert logits.occluder.shape == logits.occludee.shape == (5, 1, 2 * size, 2 * size)


def test_no_regions_give_no_masks():
    assert TriLayerMaskHead(8, 4)(torch.rand(0, 8, 14, 14)).target.shape == (0, 1, 28, 28)


def test_the_target_tells_occluder_from_occludee():
    """Eq. 2.2: embeddings are concatenated in order, so exchanging the two branches changes the target mask."""
    torch.manual_seed(0)
    head = TriLayerMaskHead(8, 4).eval()
    regions = torch.rand(2, 8, 14, 14)
    before = head(regions)
    head.occluder, head.occludee = head.occludee, head.occluder
    after = head(regions)
    assert torch.equal(before.occluder, after.occludee)
    assert not torch.allclose(before.target, after.target)


def test_the_target_loss_teaches_the_other_branches():
    head = TriLayerMaskHead(8, 4)
    head(torch.rand(2, 8, 14, 14)).target.sum().backward()
    assert head.occluder.embed[0].weight.grad.abs().sum() > 0
    assert head.occludee.embed[0].weight.grad.abs().sum() > 0
    assert head.occluder.predict.weight.grad is None


def test_reweighting_keeps_the_target_and_mutes_the_rest():
    """Eq. 2.4."""
    logits = torch.full((1, 1, 28, 28), -20.0)
    logits[..., :14] = 20.0
    weighted = reweight(torch.ones(1, 3, 14, 14), logits)
    assert torch.allclose(weighted[..., :6], torch.ones(1, 3, 14, 6), atol=1e-3)
    assert torch.allclose(weighted[..., 8:], torch.zeros(1, 3, 14, 6), atol=1e-3)
