"""OccAmodal and SDAmodal at tiny sizes, with the true classes of diffusers and transformers at random weights."""

import importlib.util
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from physperception.amodal import stable_diffusion
from physperception.amodal.mask_unet import ResNet18
from physperception.amodal.models import CropTruth
from physperception.amodal.occamodal import OccAmodal, occlusion_boundary, uncertainty_weighted_loss
from physperception.amodal.sdamodal import SDAmodal
from physperception.amodal.stable_diffusion import StableDiffusionFeatures
from physperception.datasets.coco import DatasetError, SceneDataset, SceneSample, encode_rle
from physperception.errors import ConfigError, ModelUnavailable
from physperception.scene import Mask
from physperception.training import amodal_full
from physperception.training.amodal_batches import CropBatches, crop_mask, square_box
from physperception.vision.diffusion_libraries import import_diffusion_libraries

TINY = dict(size=64, width=4, joined=8)
HAS_DIFFUSERS = importlib.util.find_spec("diffusers") and importlib.util.find_spec("transformers")
needs_diffusers = pytest.mark.skipif(not HAS_DIFFUSERS, reason="diffusers and transformers are not installed")


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """One picture of a square behind a bar, in the form of `physperception.datasets.scenes`."""
    folder = tmp_path_factory.mktemp("scenes")
    picture = np.full((48, 64, 3), 40, dtype=np.uint8)
    square, bar = np.zeros((48, 64), bool), np.zeros((48, 64), bool)
    square[12:36, 16:40], bar[8:44, 28:36] = True, True
    picture[square], picture[bar] = (30, 200, 30), (200, 30, 30)
    cv2.imwrite(str(folder / "0.png"), picture[..., ::-1])
    records = []
    for number, (visible, amodal, occluders) in enumerate(((square & ~bar, square, [2]), (bar, bar, [])), start=1):
        records.append(
            dict(id=number, image_id=0, category_id=1, area=int(visible.sum()), occluder_ids=occluders)
            | dict(segmentation=encode_rle(visible), amodal_segmentation=encode_rle(amodal))
        )
    content = dict(images=[dict(id=0, file_name="0.png", width=64, height=48)], annotations=records)
    (folder / "annotations.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A Stable Diffusion folder with the architecture of 2.1 at tiny widths and random weights."""
    diffusers, transformers = import_diffusion_libraries("the test")
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("stable-diffusion")
    cross_down, cross_up = ["CrossAttnDownBlock2D"] * 3, ["CrossAttnUpBlock2D"] * 3
    diffusers.UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(4, 8, 12, 16),
        layers_per_block=1,
        cross_attention_dim=8,
        attention_head_dim=(1, 2, 3, 4),
        norm_num_groups=4,
        use_linear_projection=True,
        down_block_types=(*cross_down, "DownBlock2D"),
        up_block_types=("UpBlock2D", *cross_up),
    ).save_pretrained(folder / "unet")
    diffusers.AutoencoderKL(
        block_out_channels=(4, 4, 4, 8),
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        norm_num_groups=4,
        latent_channels=4,
    ).save_pretrained(folder / "vae")
    diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").save_pretrained(
        folder / "scheduler"
    )
    text = transformers.CLIPTextConfig(
        vocab_size=4, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    text.max_position_embeddings, text.bos_token_id, text.eos_token_id, text.pad_token_id = 7, 2, 3, 3
    transformers.CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    tokens = folder / "tokenizer-files"
    tokens.mkdir()
    vocabulary = {"a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}
    (tokens / "vocab.json").write_text(json.dumps(vocabulary))
    (tokens / "merges.txt").write_text("#version: 0.2\n")
    transformers.CLIPTokenizer.from_pretrained(str(tokens), model_max_length=7).save_pretrained(folder / "tokenizer")
    return folder


@pytest.fixture(scope="module")
def features(base):
    return StableDiffusionFeatures.load(str(base), ensemble=2)


def occamodal(**options):
    torch.manual_seed(1)
    return OccAmodal(**(TINY | dict(image_width=4) | options))


def sdamodal(features=None, **options):
    torch.manual_seed(1)
    return SDAmodal(**(TINY | dict(feature_channels=(16, 12, 8, 4), image_width=4, backbone=features) | options))


BOXES = torch.tensor([[5.0, 5, 35, 35], [-10, -10, 30, 30], [30, 10, 70, 50]])


def modal_masks(count=3):
    masks = torch.zeros(count, 1, 64, 64)
    masks[:, :, 20:40, 16:44] = 1
    return masks


@pytest.mark.parametrize("occluder_predictor", [True, False])
@pytest.mark.parametrize("final_skip", [True, False])
def test_occamodal_shapes(image, occluder_predictor, final_skip):
    model = occamodal(occluder_predictor=occluder_predictor, final_skip=final_skip).eval()
    output = model.outputs(model.prepare(image), modal_masks(), BOXES)
    assert output.amodal.shape == output.deviation.shape == (3, 1, 64, 64)
    assert (output.deviation >= 0.1).all()
    assert (output.occluder is not None) == occluder_predictor
    assert torch.equal(model.logits(model.prepare(image), modal_masks(), BOXES), output.amodal)


def test_full_width_models_have_the_published_architecture():
    with torch.device("meta"):
        sd = SDAmodal()
    assert sum(value.numel() for value in ResNet18().parameters()) == 11_689_512 - 513_000  # torchvision's, without fc
    assert [block[0].out_channels for block in sd.mask.encoder] == [32, 64, 128, 256, 512, 512]
    assert [layer.in_channels for layer in sd.mask.reduce] == [1280, 1280, 640, 320]
    assert [layer.out_channels for layer in sd.mask.reduce] == [256] * 4
    features = [torch.empty(1, c, s, s, device="meta") for c, s in zip((1280, 1280, 640, 320), (16, 32, 64, 128))]
    assert sd(tuple(features), torch.empty(1, 1, 512, 512, device="meta")).amodal.shape == (1, 1, 512, 512)


@pytest.mark.parametrize(("final_skip", "last"), [(True, 8 + 4), (False, 8)])
def test_five_skips_join_the_decoder_and_four_without_the_final_one(final_skip, last):
    """Channels into each stage at width 4: below + skip, and 8 of the image at the bottleneck."""
    stages = sdamodal(sd_backbone=False, final_skip=final_skip).mask.decoder
    assert [stage[0].in_channels for stage in stages] == [64 + 8, 64 + 64, 64 + 32, 32 + 16, 16 + 8, last]


def test_features_outside_the_image_are_zero_and_inside_follow_the_box(image):
    model = occamodal()
    prepared = model.prepare(image)
    (inside,) = model.crop(prepared, torch.tensor([[0.0, 0, 32, 32]]))
    expected = torch.nn.functional.interpolate(prepared[:, :, :32, :32], size=(64, 64), mode="bilinear")
    assert torch.allclose(inside[0, :, 4:-4, 4:-4], expected[0, :, 4:-4, 4:-4], atol=0.35)
    assert (inside - expected).abs().mean() < 0.1
    (outside,) = model.crop(prepared, torch.tensor([[-64.0, -64, -4, -4]]))
    assert (outside == 0).all()


def test_boundary_is_where_the_masks_touch_and_is_differentiable():
    modal, occluder = torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)
    modal[..., :8], occluder[..., 8:] = 1, 1
    boundary = occlusion_boundary(modal, occluder, width=3)
    assert boundary[0, 0, 5].nonzero().flatten().tolist() == [7, 8]
    far = torch.zeros_like(occluder)
    far[..., 12:] = 1
    assert occlusion_boundary(modal, far, width=3).sum() == 0
    soft = (0.5 * occluder).requires_grad_()
    occlusion_boundary(modal, soft, width=3).sum().backward()
    assert soft.grad[..., 8:10].sum() > 0
    assert soft.grad[..., 11:].sum() == 0


def test_occamodal_uses_the_given_occluder(image):
    model = occamodal(occluder_predictor=False).eval()
    prepared, modal = model.prepare(image), modal_masks()
    hint = torch.zeros_like(modal)
    hint[:, :, 20:40, 44:52] = 1
    told = model.outputs(prepared, modal, BOXES, occluder=hint).amodal
    assert not torch.allclose(told, model.logits(prepared, modal, BOXES))
    assert torch.equal(
        model.outputs(prepared, modal, BOXES, torch.zeros_like(hint)).amodal, model.logits(prepared, modal, BOXES)
    )


def test_uncertainty_weighted_loss_by_hand():
    """p = 1/2 and a = 1: (1/4 / s^2 + s^2) / 2 is least at s^2 = 1/2, and five times as much on the occluder."""
    truth = CropTruth(torch.ones(1, 1, 1, 2), torch.tensor([[[[0.0, 1.0]]]]))
    logits, deviation = torch.zeros(1, 1, 1, 2), torch.full((1, 1, 1, 2), 0.5**0.5)
    assert uncertainty_weighted_loss(logits, deviation, truth).item() == pytest.approx((0.5 + 5 * 0.5) / 2)
    for other in (0.6, 0.8):
        assert uncertainty_weighted_loss(logits, torch.full_like(deviation, other), truth) > 1.5


def test_amodal_loss_reaches_the_occluder_predictor_through_the_boundary(image):
    model = occamodal()
    prepared, modal = model.prepare(image), modal_masks()
    output = model(model.crop(prepared, BOXES), modal)
    truth = CropTruth(torch.ones_like(modal), torch.zeros_like(modal))
    losses = model.losses(output, truth)
    assert set(losses) == {"amodal", "occluder"}
    losses["amodal"].backward()
    assert model.occluder.mask.output.weight.grad.abs().sum() > 0
    assert model.amodal.image.conv1.weight.grad.abs().sum() > 0


def batches(scenes, size=64, **options):
    return CropBatches([SceneDataset(scenes)], size, **(dict(batch=4, per_frame=2) | options))


def test_crops_of_a_scene(scenes):
    frames = batches(scenes, augment=False, batch=2)[0]
    assert len(frames) == 1
    frame = frames[0]
    amodal, modal, occluder = frame.truth.amodal, frame.modal, frame.truth.occluder
    assert modal.shape == amodal.shape == occluder.shape == (2, 1, 64, 64)
    behind = int(occluder.flatten(1).any(1).nonzero())
    assert occluder[1 - behind].sum() == 0
    assert (amodal >= modal).all()
    hidden = amodal[behind] - modal[behind]
    assert hidden.sum() / amodal[behind].sum() == pytest.approx(8 / 24, abs=0.05)
    assert (occluder[behind] >= hidden).all()


def test_batches_depend_on_seed_and_number_alone(scenes):
    first, again, other = batches(scenes, seed=3)[5], batches(scenes, seed=3)[5], batches(scenes, seed=4)[5]
    assert sum(len(frame.boxes) for frame in first) == 4
    assert all(torch.equal(a.modal, b.modal) and (a.image == b.image).all() for a, b in zip(first, again))
    assert any(not torch.equal(a.boxes, b.boxes) for a, b in zip(first, other))


def test_square_box_and_crop_mask():
    mask = np.zeros((20, 30), bool)
    mask[4:9, 10:20] = True
    side = 150**0.5
    assert square_box(mask) == pytest.approx([15 - side / 2, 6.5 - side / 2, 15 + side / 2, 6.5 + side / 2])
    mask[:], mask[5:8] = False, True
    assert square_box(mask) == pytest.approx([15 - 16.5, 6.5 - 16.5, 15 + 16.5, 6.5 + 16.5])
    whole = crop_mask(Mask(0, 0, np.ones((4, 4), bool)), np.array([-4, 0, 4, 8], dtype=np.float32), 8)
    assert whole[:4, 4:].all()
    assert whole.sum() == 16
    outside = crop_mask(Mask(-3, 1, np.ones((2, 2), bool)), np.array([-4, 0, 4, 8], dtype=np.float32), 8)
    assert np.argwhere(outside).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


def test_amodal_masks_beyond_the_border_are_kept_and_mirrored():
    visible = np.zeros((1, 48, 64), bool)
    visible[0, 10:30, :10] = True
    picture = np.repeat(visible[0, :, :, None] * np.uint8(255), 3, 2)
    sample = SceneSample(0, picture, visible, visible, np.zeros((1, 1), bool), (1,), has_order=False)
    sample = replace(sample, extended={0: Mask(-6, 10, np.ones((20, 16), bool))})

    class Beyond(list):
        has_amodal, format = True, "scenes"

    seen = set()
    for seed in range(8):
        (frame,) = CropBatches([Beyond([sample])], 64, 1, seed=seed)[0]
        assert not frame.truth.known.any()
        mirrored = frame.image[20, 0, 0] == 0
        seen.add(mirrored)
        left, right = (54, 70) if mirrored else (-6, 10)
        x1, _, x2, _ = frame.boxes[0].tolist()
        columns = x1 + (x2 - x1) * (frame.truth.amodal[0, 0].any(0).nonzero().flatten() + 0.5) / 64
        assert columns.min().item() == pytest.approx(max(left, x1), abs=1)
        assert columns.max().item() == pytest.approx(min(right, x2), abs=1)
    assert len(seen) == 2


def test_unknown_occluders_are_no_truth_for_the_first_stage(image):
    model, modal = occamodal(), modal_masks()
    output = model(model.crop(model.prepare(image), BOXES), modal)
    occluder = torch.zeros_like(modal)
    known = torch.tensor([True, False, False])
    partly = model.losses(output, CropTruth(modal, occluder, known))["occluder"]
    first = torch.nn.functional.binary_cross_entropy_with_logits(output.occluder[:1], occluder[:1])
    assert partly.item() == pytest.approx(first.item())
    assert set(model.losses(output, CropTruth(modal, occluder, ~known & False))) == {"amodal"}


def test_nothing_to_train_on(tmp_path, scenes):
    content = json.loads((scenes / "annotations.json").read_text())
    (tmp_path / "annotations.json").write_text(json.dumps(content | dict(images=[], annotations=[])))
    with pytest.raises(DatasetError, match="there is no image to train on"):
        batches(tmp_path)
    (tmp_path / "annotations.json").write_text(json.dumps(content | dict(annotations=[])))
    (tmp_path / "0.png").write_bytes((scenes / "0.png").read_bytes())
    with pytest.raises(DatasetError, match="images drawn has an object"):
        batches(tmp_path)[0]


def test_training_lowers_the_loss_of_one_batch(scenes):
    batch = batches(scenes)[0]
    trainer = amodal_full.Trainer(occamodal(), steps=100, rate=0.02)
    losses = [sum(trainer.step(batch).values()) for _ in range(12)]
    assert losses[-1] < 0.8 * losses[0]


@needs_diffusers
def test_training_leaves_stable_diffusion_alone(scenes, base):
    features = StableDiffusionFeatures.load(str(base), ensemble=1)
    before = {name: value.clone() for name, value in features.unet.state_dict().items()}
    model = sdamodal(features)
    trainer = amodal_full.Trainer(model, steps=100, rate=0.05)
    batch = batches(scenes)[0]
    losses = [trainer.step(batch)["amodal"] for _ in range(12)]
    assert losses[-1] < 0.8 * losses[0]
    assert all(value.grad is not None for value in model.parameters())
    assert all(value.grad is None and not value.requires_grad for value in features.unet.parameters())
    assert all(torch.equal(value, before[name]) for name, value in features.unet.state_dict().items())
    assert not any("unet" in name or "vae" in name for name in model.state_dict())


@needs_diffusers
@pytest.mark.parametrize("final_skip", [True, False])
@pytest.mark.parametrize(
    ("sd_backbone", "multi_scale", "joined"), [(True, True, 4), (True, False, 1), (False, False, 1)]
)
def test_sdamodal_shapes(features, image, sd_backbone, multi_scale, joined, final_skip):
    model = sdamodal(features, sd_backbone=sd_backbone, multi_scale=multi_scale, final_skip=final_skip).eval()
    prepared = model.prepare(image, torch.Generator().manual_seed(0))
    output = model.outputs(prepared, modal_masks(), BOXES)
    assert output.amodal.shape == (3, 1, 64, 64)
    assert output.occluder is None
    assert len(model.mask.reduce) == joined
    if sd_backbone and not multi_scale:
        assert model.mask.reduce[0].in_channels == 12


@needs_diffusers
def test_stable_diffusion_features_are_the_decoder_levels(features, image):
    frame = features(image)
    assert [tuple(level.shape) for level in frame.levels] == [(1, 16, 2, 2), (1, 12, 4, 4), (1, 8, 8, 8), (1, 4, 8, 8)]
    assert features.side == 64
    assert (frame.height, frame.width) == (40, 60)
    assert not features.unet.up_blocks[0]._forward_hooks


@needs_diffusers
def test_noise_follows_the_generator_and_the_schedule(features, image):
    def first(number):
        return features(image, torch.Generator().manual_seed(number)).levels[0]

    assert torch.equal(first(1), first(1))
    assert not torch.allclose(first(1), first(2))
    assert torch.equal(features(image).levels[0], first(0))
    seen = []
    handle = features.unet.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs))
    first(3)
    handle.remove()
    noise = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(3))
    expected = features._alpha**0.5 * features._encode(image) + (1 - features._alpha) ** 0.5 * noise
    assert torch.allclose(seen[0][0], expected, atol=1e-5)
    assert seen[0][1] == 181
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    assert features._alpha == pytest.approx(float(torch.cumprod(1 - betas, 0)[181]), rel=1e-4)


@needs_diffusers
def test_ensemble_is_the_mean_over_noises(features, base, image):
    single = StableDiffusionFeatures.load(str(base), ensemble=1)
    generator = torch.Generator().manual_seed(5)
    one, two = single(image, generator).levels[2], single(image, generator).levels[2]
    both = features(image, torch.Generator().manual_seed(5)).levels[2]
    assert torch.allclose(both, (one + two) / 2, atol=1e-4)


@needs_diffusers
def test_features_are_computed_once_a_frame(features, image):
    calls = []
    handle = features.unet.register_forward_pre_hook(lambda _module, inputs: calls.append(len(inputs[0])))
    model = sdamodal(features).eval()
    prepared = model.prepare(image, torch.Generator().manual_seed(0))
    model.logits(prepared, modal_masks(), BOXES)
    model.logits(prepared, modal_masks(1), BOXES[:1])
    handle.remove()
    assert calls == [2]


@needs_diffusers
def test_crops_follow_the_squeezed_image(features, image):
    """A crop of the whole image, also when it isn't square, is the level itself resized."""
    model = sdamodal(features)
    frame = model.prepare(np.ascontiguousarray(image[:40, :40]))
    crops = model.crop(frame, torch.tensor([[0.0, 0, 40, 40]]))
    assert [tuple(crop.shape[-2:]) for crop in crops] == [(2, 2), (4, 4), (8, 8), (16, 16)]
    ramp = stable_diffusion.FrameFeatures((torch.arange(12.0).expand(1, 16, 6, 12),), 60, 60)
    right = model.crop(ramp, torch.tensor([[30.0, 15, 60, 45]]))[0]
    assert right.mean() == pytest.approx(8.5)


@needs_diffusers
def test_sdamodal_results_depend_on_object_and_box(features, image):
    model = sdamodal(features).eval()
    prepared = model.prepare(image)
    same = torch.stack((modal_masks(1)[0],) * 2)
    first, second = model.logits(prepared, same, BOXES[:2])
    assert not torch.allclose(first, second)
    swapped = model.logits(prepared, same, BOXES[[1, 0]])
    assert torch.allclose(swapped, torch.stack((second, first)), atol=1e-5)


def test_many_objects_and_none(image):
    model = occamodal().eval()
    prepared = model.prepare(image)
    many = model.logits(prepared, modal_masks(11), BOXES[:1].expand(11, -1))
    assert torch.allclose(many, many[:1].expand_as(many), atol=1e-5)
    assert model.logits(prepared, modal_masks(0), BOXES[:0]).shape == (0, 1, 64, 64)


@needs_diffusers
def test_sdamodal_checkpoint_round_trip(features, image, tmp_path):
    model = sdamodal(features, multi_scale=False).eval()
    model.save(tmp_path / "weights.safetensors")
    again = SDAmodal.load(tmp_path / "weights.safetensors", features)
    prepared = model.prepare(image)
    assert torch.equal(again.logits(prepared, modal_masks(), BOXES), model.logits(prepared, modal_masks(), BOXES))
    assert all(name.startswith("mask.") for name in load_file(tmp_path / "weights.safetensors"))


def test_occamodal_checkpoint_round_trip(image, tmp_path):
    model = occamodal(final_skip=False).eval()
    model.save(tmp_path / "weights.safetensors")
    again = OccAmodal.load(tmp_path / "weights.safetensors")
    assert again.options() == model.options()
    assert torch.equal(
        again.logits(again.prepare(image), modal_masks(), BOXES),
        model.logits(model.prepare(image), modal_masks(), BOXES),
    )


def test_checkpoint_errors_name_the_tensor(tmp_path):
    path = tmp_path / "weights.safetensors"
    occamodal().save(path)
    with pytest.raises(ModelUnavailable, match=r"occluder\.mask\.encoder\.0\.0\.weight .* has shape \[4, 1, 3, 3\]"):
        occamodal(width=8).load_weights(path)
    with pytest.raises(ModelUnavailable, match=r"holds the tensor occluder\."):
        occamodal(occluder_predictor=False).load_weights(path)
    tensors = load_file(path)
    del tensors["amodal.image.conv1.weight"]
    save_file(tensors, path)
    with pytest.raises(ModelUnavailable, match=r"lacks the tensor amodal\.image\.conv1\.weight"):
        occamodal().load_weights(path)
    with pytest.raises(ModelUnavailable, match="cannot read model weights"):
        OccAmodal.load(tmp_path / "absent.safetensors")
    occamodal().save(path)
    with pytest.raises(ModelUnavailable, match="holds weights of occamodal, not of sdamodal"):
        SDAmodal.load(path, None)


def test_resnet_takes_imagenet_weights(tmp_path):
    tensors = ResNet18(4).state_dict() | {"fc.weight": torch.zeros(2, 32), "fc.bias": torch.zeros(2)}
    assert {"layer2.0.downsample.0.weight", "layer4.1.bn2.running_var", "bn1.weight"} <= set(tensors)
    torch.save(tensors, tmp_path / "resnet18.pth")
    model = occamodal()
    model.load_imagenet(tmp_path / "resnet18.pth")
    assert torch.equal(model.amodal.image.layer3[0].conv1.weight, tensors["layer3.0.conv1.weight"])
    assert torch.equal(model.occluder.image.conv1.weight, tensors["conv1.weight"])
    (tmp_path / "bad.pth").write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable, match=r"cannot read .*bad\.pth"):
        model.load_imagenet(tmp_path / "bad.pth")


def test_sizes_are_multiples_of_32():
    with pytest.raises(ConfigError, match="size must be a positive multiple of 32"):
        occamodal(size=100)


def test_without_a_base_model_there_is_one_sentence(image, tmp_path, monkeypatch):
    with pytest.raises(ModelUnavailable, match="no base model"):
        sdamodal().prepare(image)
    monkeypatch.setitem(__import__("sys").modules, "diffusers", None)
    with pytest.raises(ModelUnavailable, match="SDAmodal needs diffusers and transformers: pip install"):
        StableDiffusionFeatures.load(str(tmp_path))


@needs_diffusers
def test_wrong_base_models(tmp_path, base, features):
    with pytest.raises(ModelUnavailable, match=r"no Stable Diffusion base model at .*absent") as caught:
        StableDiffusionFeatures.load(str(tmp_path / "absent"))
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="timestep must be between 0 and 999"):
        StableDiffusionFeatures.load(str(base), timestep=1000)
    with pytest.raises(ModelUnavailable, match=r"has channels \[16, 12, 8, 4\], this SDAmodal needs \[1280"):
        SDAmodal(**TINY, backbone=features)


def arguments(scenes, out, *more):
    tiny = ["--size", "64", "--width", "4", "--joined", "8", "--image-width", "4", "--batch", "2", "--device", "cpu"]
    return ["--data", str(scenes), "--out", str(out), *tiny, *more]


def test_training_goes_on_as_if_it_had_not_stopped(scenes, tmp_path, capsys):
    command = ["--model", "occamodal", "--steps", "3", "--save-every", "1"]
    assert amodal_full.main(arguments(scenes, tmp_path / "whole.safetensors", *command)) == 0
    whole, straight = (
        [json.loads(line) for line in capsys.readouterr().out.splitlines()],
        tmp_path / "whole.safetensors",
    )
    assert [line["step"] for line in whole] == [1, 2, 3]
    parts = tmp_path / "parts.safetensors"
    first = amodal_full.parse(arguments(scenes, parts, *command))
    torch.manual_seed(0)
    trainer = amodal_full.Trainer(amodal_full.create(first), steps=3)
    trainer.step(CropBatches([SceneDataset(scenes)], 64, 2, 8, 0)[0])
    trainer.save(tmp_path / "parts.checkpoint")
    assert amodal_full.main(arguments(scenes, parts, *command)) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == whole[1:]
    resumed, uninterrupted = load_file(parts), load_file(straight)
    assert all(torch.allclose(resumed[name], value, atol=1e-6) for name, value in uninterrupted.items())
    assert OccAmodal.load(parts).size == 64


@needs_diffusers
def test_sdamodal_trains_from_the_command_line(scenes, base, tmp_path, capsys):
    out = tmp_path / "sd.safetensors"
    command = ["--model", "sdamodal", "--steps", "1", "--base", str(base), "--ensemble", "1", "--no-multi-scale"]
    assert amodal_full.main(arguments(scenes, out, *command)) == 0
    model = SDAmodal.load(out, StableDiffusionFeatures.load(str(base), ensemble=1))
    assert model.options()["multi_scale"] is False
    assert amodal_full.main(arguments(scenes, out, *command, "--multi-scale", "--steps", "2")) == 1
    assert "has multi_scale=False, this training True" in capsys.readouterr().err


def test_training_errors_are_sentences(scenes, tmp_path, capsys):
    assert amodal_full.main(arguments(scenes, tmp_path / "a.safetensors", "--model", "sdamodal")) == 1
    assert "base must name the Stable Diffusion folder" in capsys.readouterr().err
    (tmp_path / "a.checkpoint").write_bytes(b"torn")
    assert amodal_full.main(arguments(scenes, tmp_path / "a.safetensors", "--model", "occamodal")) == 1
    assert "a.checkpoint" in capsys.readouterr().err


def test_learning_rate_falls_as_published(scenes):
    trainer = amodal_full.Trainer(occamodal(), steps=7, rate=1e-3)
    batch = batches(scenes, batch=2)[0]
    rates = []
    for _ in range(7):
        trainer.step(batch)
        rates.append(trainer._optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([1e-3] * 4 + [1e-4] * 2 + [1e-5])
