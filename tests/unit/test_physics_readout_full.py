"""Read-outs on frozen networks: the true V-JEPA 2 and video U-Net classes at tiny random sizes."""

import numpy as np
import pytest
import torch

from physperception.errors import ConfigError, ModelUnavailable
from physperception.physics.readout.clips import Clip
from physperception.physics.readout.heads import Target
from physperception.physics.readout.model import Readout, make_backbone, metadata, open_readout
from physperception.physics.readout.predictor import ReadoutPredictor, TrainedReadout
from physperception.physics.readout.video_diffusion import VideoDiffusionBackbone
from physperception.physics.readout.vjepa import VJepaBackbone
from physperception.scene import EstimateStatus, Property
from physperception.training.readout import Trainer
from physperception.vision.torchvision_ops import import_torchvision

pytest.importorskip("transformers", reason="transformers comes with the extra dev")
diffusers = pytest.importorskip("diffusers", reason="diffusers comes with the extra dev")
import_torchvision()
VALUES = torch.tensor([0.3, 0.8])


def moving(speed, ground, seed=0):
    frames = np.random.default_rng(seed).integers(ground, ground + 6, (10, 48, 64, 3), dtype=np.uint8)
    for index, frame in enumerate(frames):
        left = 4 + round(speed * index)
        frame[18:28, left : left + 10] = (220, 80, 30)
    return Clip(frames, np.arange(10) / 25)


CLIPS = [moving(2.0, 20), moving(4.5, 200)]


def vjepa_model():
    from transformers import VJEPA2Config, VJEPA2Model

    torch.manual_seed(0)
    config = VJEPA2Config(
        patch_size=16,
        crop_size=32,
        frames_per_clip=4,
        tubelet_size=2,
        hidden_size=48,
        num_attention_heads=2,
        num_hidden_layers=3,
        pred_hidden_size=24,
        pred_num_attention_heads=2,
        pred_num_hidden_layers=1,
        num_pooler_layers=1,
    )
    return VJEPA2Model(config)


@pytest.fixture(scope="module")
def vjepa_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vjepa2")
    vjepa_model().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def diffusion_folder(tmp_path_factory):
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("i2vgen")
    unet = diffusers.I2VGenXLUNet(
        block_out_channels=(8, 16),
        layers_per_block=1,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
        norm_num_groups=4,
        cross_attention_dim=16,
        attention_head_dim=4,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
    )
    vision = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=16,
        patch_size=8,
        projection_dim=16,
    )
    unet.save_pretrained(folder / "unet")
    vae.save_pretrained(folder / "vae")
    CLIPVisionModelWithProjection(vision).save_pretrained(folder / "image_encoder")
    diffusers.DDIMScheduler().save_pretrained(folder / "scheduler")
    return folder


@pytest.fixture
def backbone(request, vjepa_folder, diffusion_folder):
    torch.manual_seed(1)
    if request.param == "vjepa2":
        return VJepaBackbone.load(str(vjepa_folder))
    return VideoDiffusionBackbone.load(str(diffusion_folder), frames=4, size=32, text_tokens=3)


BOTH = pytest.mark.parametrize("backbone", ["vjepa2", "video_diffusion"], indirect=True)


def looks(backbone):
    found = [backbone.look(clip) for clip in CLIPS]
    return {name: torch.stack([look[name] for look in found]) for name in found[0]}


def test_tokens_of_every_layer_of_vjepa(vjepa_folder):
    backbone = VJepaBackbone.load(str(vjepa_folder))
    inputs = backbone.batch(looks(backbone))
    layers = backbone(inputs)
    assert [tuple(layer.shape) for layer in layers] == [(2, 2 * 2 * 2, 48)] * 3
    assert backbone.widths == (48,) * 3
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    normal = (inputs["video"] - mean[:, None, None]) / std[:, None, None]
    with torch.no_grad():
        last = backbone.network(pixel_values_videos=normal, skip_predictor=True).last_hidden_state
    assert torch.allclose(backbone.network.encoder.layernorm(layers[-1]), last, atol=1e-4)


def test_tokens_of_every_block_of_the_video_unet(diffusion_folder):
    backbone = VideoDiffusionBackbone.load(str(diffusion_folder), frames=4, size=32)
    inputs = backbone.batch(looks(backbone))
    layers = backbone(inputs)
    assert tuple(layer.shape[2] for layer in layers) == backbone.widths == (8, 16, 16, 16, 8)
    assert [layer.shape[1] for layer in layers] == [4 * side * side for side in (8, 8, 8, 16, 16)]
    assert inputs["rate"].tolist() == pytest.approx([25 * 9 / 9 * 3 / 9] * 2, rel=0.2)


def test_noise_is_that_of_the_schedule_and_seeded(diffusion_folder):
    backbone = VideoDiffusionBackbone.load(str(diffusion_folder), frames=4, size=32)
    seen = []
    hook = backbone.network["unet"].register_forward_pre_hook(lambda _module, arguments: seen.append(arguments))
    inputs = backbone.batch(looks(backbone))
    first, again = backbone(inputs), backbone(backbone.batch(looks(backbone)))
    hook.remove()
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    noisy, step = seen[0][:2]
    assert step == 50
    alpha = float(diffusers.DDIMScheduler().alphas_cumprod[50])
    with torch.no_grad():
        images = inputs["video"].flatten(0, 1) * 2 - 1
        latents = (
            backbone.network["vae"].encode(images).latent_dist.mode() * backbone.network["vae"].config.scaling_factor
        )
    latents = latents.view(2, 4, 4, 16, 16).transpose(1, 2)
    assert torch.allclose(noisy, alpha**0.5 * latents + (1 - alpha) ** 0.5 * inputs["noise"], atol=1e-4)
    other = backbone.batch(looks(backbone), torch.Generator().manual_seed(7))["noise"]
    assert not torch.equal(other[0], other[1])


@BOTH
def test_a_step_trains_the_prompt_and_nothing_frozen(backbone):
    frozen = {name: value.clone() for name, value in backbone.network.state_dict().items()}
    readout = Readout(backbone, 16)
    before = {name: value.clone() for name, value in readout.state_dict().items()}
    assert sum(value.numel() for value in before.values()) < 200_000
    trainer = Trainer(readout, Target.of(Property.RESTITUTION, VALUES), seed=0, steps=60, rate=3e-2)
    looked = looks(backbone)
    for _ in range(3):
        assert all(np.isfinite(loss) for loss in trainer.step(looked, VALUES).values())
    after = readout.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "pooling.query" in changed
    assert ("backbone.text" in changed) == (backbone.kind == "video_diffusion")
    assert all(torch.equal(value, frozen[name]) for name, value in backbone.network.state_dict().items())


def test_a_read_out_of_vjepa_learns_two_clips(vjepa_folder):
    readout = Readout(VJepaBackbone.load(str(vjepa_folder)), 16)
    trainer = Trainer(readout, Target.of(Property.RESTITUTION, VALUES), seed=0, steps=80, rate=1e-2)
    looked = looks(readout.backbone)
    losses = [trainer.step(looked, VALUES)["absolute"] for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])


@BOTH
def test_predicts_compares_and_comes_back_from_its_file(backbone, tmp_path, vjepa_folder, diffusion_folder):
    base = str(vjepa_folder if backbone.kind == "vjepa2" else diffusion_folder)
    readout = Readout(backbone, 16).eval()
    target = Target.of(Property.RESTITUTION, VALUES)
    trainer = Trainer(readout, target, seed=0, steps=2)
    path = tmp_path / "readout_restitution.safetensors"
    trainer.export(path)
    assert path.stat().st_size < 400_000
    again, told, factor = open_readout(path, base)
    assert (told, factor) == (target, 1.0)
    assert metadata(again, told, factor) == metadata(readout, target, 1.0)
    assert torch.allclose(
        again.feature([again.backbone.look(CLIPS[0])]), readout.feature([backbone.look(CLIPS[0])]), atol=0.02
    )
    predictor = ReadoutPredictor({Property.RESTITUTION: TrainedReadout(again, told, factor)})
    found = predictor.predict(CLIPS[0].frames, CLIPS[0].stamps_s, Property.RESTITUTION)
    assert found.status is EstimateStatus.VALID or found.reason.startswith(("POOR_FIT: ", "OUT_OF_RANGE: "))
    assert 0 < predictor.compare(*CLIPS, Property.RESTITUTION) < 1
    absent = ReadoutPredictor(path, str(tmp_path / "nowhere")).predict(
        *[CLIPS[0].frames, CLIPS[0].stamps_s], Property.RESTITUTION
    )
    assert absent.reason.startswith("MODEL_ABSENT: ")


def test_absent_networks_say_what_to_do(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"give the folder of a local copy of facebook/vjepa2"):
        VJepaBackbone.load(str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"give the folder of a local copy of ali-vilab/i2vgen-xl"):
        VideoDiffusionBackbone.load(str(tmp_path / "none"))
    with pytest.raises(ModelUnavailable, match="needs the folder"):
        make_backbone("vjepa2", {})
    with pytest.raises(ModelUnavailable, match="no backbone"):
        make_backbone("resnet", {})


def test_options_that_cannot_be_are_named(vjepa_folder, diffusion_folder):
    with pytest.raises(ConfigError, match="multiple of 2"):
        VJepaBackbone(vjepa_model(), frames=3)
    with pytest.raises(ConfigError, match="4 divides"):
        VideoDiffusionBackbone.load(str(diffusion_folder), frames=4, size=30)
    with pytest.raises(ConfigError, match="timestep"):
        VideoDiffusionBackbone.load(str(diffusion_folder), timestep=1000)
