"""The read-out's parts: looking at clips, pooling, heads, the embedded backbone, predictor."""

import math

import numpy as np
import pytest
import torch

from physperception.errors import InvalidImage, ModelUnavailable
from physperception.physics.observations import Plane, View
from physperception.physics.readout.clips import Clip, Unwatchable, busy_frames, known_context, watch
from physperception.physics.readout.embedded import EmbeddedBackbone
from physperception.physics.readout.heads import ReadoutHeads, Target, readout_loss
from physperception.physics.readout.model import Readout, metadata, open_readout
from physperception.physics.readout.pooling import AttentivePooling
from physperception.physics.readout.predictor import ReadoutPredictor, TrainedReadout, justified_scale
from physperception.physics.readout.rasters import image_raster, plane_raster
from physperception.physics.readout.trajectories import local_polynomials
from physperception.scene import Box, EstimateStatus, Property, Scale
from physperception.training.averaging import WeightAverage
from physperception.vision.geometry import Intrinsics

CAMERA = Intrinsics(fx=200, fy=200, cx=79.5, cy=59.5, width=160, height=120)
SLANT = (0.0, -math.sin(0.7), -math.cos(0.7))
TABLE = Plane(SLANT, -1.0)
DOWN = (0.0, math.sin(0.7), math.cos(0.7))


def disc_clip(places, stamps=None, radius=6.0, view=None, region=None, shape=(120, 160), seed=0):
    """A bright disc at places [T, 2] on noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    frames = np.empty((len(places), *shape, 3), np.uint8)
    ground = 100 + 10 * np.sin(columns / 9) + 5 * np.cos(rows / 7)
    for frame, (x, y) in zip(frames, places):
        cover = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)
        frame[:] = (
            (ground * (1 - cover) + 220 * cover + rng.normal(0, 1, shape)).clip(0, 255)[..., None].astype(np.uint8)
        )
    stamps = np.arange(len(places)) / 30 if stamps is None else stamps
    return Clip(frames, stamps, view or View(), region)


def bounces(restitution, count=30, rate=25.0, height=80.0, x=80.0, drift=0.0):
    """Places of a ball that falls from `height` pixels above y = 105 and bounces, at the camera's times."""
    gravity, clock, y, speed, places = 400.0, 0.0, 0.0, 0.0, []
    for step in range(count):
        while clock < step / rate:
            clock, speed, y = clock + 1e-3, speed + gravity * 1e-3, y + speed * 1e-3
            if y > height and speed > 0:
                y, speed = height, -restitution * speed
        places.append((x + drift * step, 105 - height + y))
    return np.array(places)


def test_the_square_holds_the_motion_and_shows_the_disc_where_it_was():
    places = np.column_stack((np.linspace(40, 120, 20), np.full(20, 60.0)))
    clip = disc_clip(places)
    seen = watch(clip, 32, 64)
    assert seen.raster.reduction == pytest.approx(1.25 * 93 / 64, rel=0.15)
    inverse = np.linalg.inv(seen.raster.to_image)
    for row in (3, 10, 18):
        rows, columns = np.nonzero(seen.things[row] > 50)
        expected = inverse @ (*places[seen.indices[row]], 1)
        assert (columns.mean(), rows.mean()) == pytest.approx(tuple(expected[:2]), abs=0.7)
    assert seen.stamps_s[1] - seen.stamps_s[0] == pytest.approx(1 / 30, rel=1e-3)


def test_a_still_short_or_shaking_clip_is_refused_with_its_reason():
    still = disc_clip(np.full((20, 2), 60.0))
    with pytest.raises(Unwatchable, match=r"^NO_MOTION: "):
        watch(still, 32, 64)
    with pytest.raises(Unwatchable, match=r"^TOO_SHORT: "):
        watch(disc_clip(np.linspace((20, 20), (60, 60), 5)), 32, 64)
    texture = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    shaking = np.stack([texture[7 * i : 7 * i + 100, :120] for i in range(12)])
    with pytest.raises(Unwatchable, match=r"^AMBIGUOUS_OBJECT: "):
        watch(Clip(shaking, np.arange(12) / 30), 32, 64)


@pytest.mark.parametrize(
    ("frames", "stamps"),
    [
        (np.zeros((3, 8, 8), np.uint8), np.arange(3.0)),
        (np.zeros((3, 8, 8, 3), np.float32), np.arange(3.0)),
        (np.zeros((3, 8, 8, 3), np.uint8), np.arange(4.0)),
        (np.zeros((3, 8, 8, 3), np.uint8), np.array([0.0, 2.0, 1.0])),
        (np.zeros((3, 8, 8, 3), np.uint8), np.array([0.0, np.nan, 1.0])),
    ],
)
def test_bad_clips_are_named(frames, stamps):
    with pytest.raises(InvalidImage):
        Clip(frames, stamps)


def test_a_region_keeps_other_motion_out():
    one, other = np.linspace((20, 20), (20, 60), 16), np.linspace((120, 30), (150, 90), 16)
    clip = disc_clip(one)
    both = np.maximum(clip.frames, disc_clip(other).frames)
    wide = watch(Clip(both, clip.stamps_s), 16, 64)
    narrow = watch(Clip(both, clip.stamps_s, region=Box(0, 0, 60, 120)), 16, 64)
    assert narrow.raster.reduction < 0.6 * wide.raster.reduction
    assert narrow.raster.to_image[0, 2] < 20


def test_what_leaves_the_image_leaves_no_trail_and_what_rests_at_last_is_still_seen():
    leaving = disc_clip(np.column_stack((np.linspace(90, 175, 20), np.full(20, 60.0))))
    seen = watch(leaving, 20, 64)
    inside = (np.linalg.inv(seen.raster.to_image) @ [159.5, 60, 1])[0]
    assert seen.things[:, :, int(np.ceil(inside)) + 1 :].max() == 0
    slide = np.concatenate((np.linspace(30, 110, 12), np.full(30, 110.0)))
    rested = watch(disc_clip(np.column_stack((slide, np.full(42, 60.0)))), 32, 64)
    place = np.linalg.inv(rested.raster.to_image) @ [110, 60, 1]
    ends = [
        news[int(place[1]) - 1 : int(place[1]) + 2, int(place[0]) - 1 : int(place[0]) + 2] for news in rested.things
    ]
    assert ends[-1].min() > 80
    assert ends[0].max() < 30


def test_frames_are_spent_where_it_moves():
    amount = np.zeros(100)
    amount[20:30], amount[30:80] = 0.1, 0.001
    chosen = busy_frames(amount, 24)
    assert len(chosen) <= 24
    assert (np.diff(chosen) > 0).all()
    assert chosen.min() >= 17
    assert chosen.max() <= 83
    assert ((chosen >= 20) & (chosen < 30)).sum() >= 8


def test_on_the_plane_equal_ways_are_equal_and_the_side_is_metric():
    """Points a decimetre apart on the table are as many pixels of the square apart, wherever they are."""
    along, across = TABLE.axes()
    origin = np.asarray(TABLE.normal) * TABLE.offset + 0.25 * np.array([0, -1, 0])
    grid = [origin + 0.1 * i * along + 0.1 * j * across for i in range(-2, 3) for j in range(-2, 3)]
    grid = np.array(
        [point - (point @ np.asarray(TABLE.normal) - TABLE.offset) * np.asarray(TABLE.normal) for point in grid]
    )
    pixels = np.column_stack((200 * grid[:, 0] / grid[:, 2] + 79.5, 200 * grid[:, 1] / grid[:, 2] + 59.5))
    raster = plane_raster(pixels, View(camera=CAMERA, plane=TABLE, gravity=DOWN), 64)
    assert raster.side_m == pytest.approx(1.25 * 0.4, rel=0.02)
    placed = np.linalg.inv(raster.to_image) @ np.column_stack((pixels, np.ones(25))).T
    placed = (placed[:2] / placed[2]).T.reshape(5, 5, 2)
    steps = np.concatenate(
        (
            np.linalg.norm(np.diff(placed, axis=0), axis=2).ravel(),
            np.linalg.norm(np.diff(placed, axis=1), axis=2).ravel(),
        )
    )
    assert steps == pytest.approx(np.full(40, 0.1 / raster.side_m * 64), rel=1e-4)
    assert placed.min() > 0
    assert placed.max() < 63


def test_plane_and_gravity_turn_the_square():
    corners = np.array([[60.0, 40.0], [100.0, 80.0]])
    tilted = View(camera=CAMERA, plane=TABLE, gravity=(1.0, 0.0, 0.0))
    raster = plane_raster(corners, tilted, 64)
    across, down = raster.to_image @ [32, 32, 1], raster.to_image @ [32, 40, 1]
    assert (down[:2] / down[2])[0] > (across[:2] / across[2])[0]
    turned = image_raster(corners, View(gravity=(1.0, 0.0, 0.0)), 64).to_image
    assert turned[:2, 1] / np.linalg.norm(turned[:2, 1]) == pytest.approx([1, 0], abs=1e-9)
    assert np.linalg.det(turned[:2, :2]) > 0
    assert plane_raster(corners, View(plane=TABLE), 64) is None


def test_context_says_what_is_known():
    raster = image_raster(np.array([[60.0, 40.0], [100.0, 80.0]]), View(), 64)
    clip = disc_clip(np.linspace((20, 20), (60, 60), 9))
    assert not known_context(clip, raster).any()
    view = View(camera=CAMERA, plane=TABLE, gravity=DOWN, surface_size_m=(0.1, 0.05), volume_m3=1e-4)
    known = known_context(
        Clip(clip.frames, clip.stamps_s, view), plane_raster(np.array([[60.0, 40], [100, 80]]), view, 64)
    )
    assert known[[1, 4, 6, 9]].tolist() == [1, 1, 1, 1]
    assert known[2:4].tolist() == pytest.approx([math.log(0.1), math.log(0.05)], rel=1e-5)
    assert known[7:9].tolist() == pytest.approx([0, 1], abs=1e-3)


def test_local_parabolas_are_exact_on_parabolas_at_uneven_times():
    rng = np.random.default_rng(1)
    stamps = torch.tensor(np.cumsum(rng.uniform(0.01, 0.08, (2, 24)), 1), dtype=torch.float32)
    signal = (3 - 2 * stamps + 4.5 * stamps**2)[..., None]
    first, second = (matrix @ signal for matrix in local_polynomials(stamps))
    assert torch.allclose(first[..., 0], -2 + 9 * stamps, atol=0.1)
    assert second[..., 0][:, 4:-4] == pytest.approx(np.full((2, 16), 9.0), rel=0.05)


def test_pooling_is_equation_5_2():
    torch.manual_seed(0)
    pooling = AttentivePooling((4, 6), 8)
    layers = [torch.randn(3, 5, 4), torch.randn(3, 7, 6)]
    parts = []
    for tokens, to_layer, from_layer in zip(layers, pooling.to_layer, pooling.from_layer):
        query = to_layer(pooling.query)
        rows = []
        for clip in tokens:
            weight = torch.stack([query @ token for token in clip]).detach().exp()
            rows.append(sum(w * token for w, token in zip(weight / weight.sum(), clip)))
        parts.append(from_layer(torch.stack(rows)))
    assert torch.allclose(pooling(layers), (parts[0] + parts[1]) / 2, atol=1e-5)
    with pytest.raises(ValueError, match="2 layers"):
        pooling(layers[:1])


def test_losses_by_hand_and_uncertainty_leaves_the_value_alone():
    torch.manual_seed(0)
    heads = ReadoutHeads(8)
    feature = torch.randn(4, 8, requires_grad=True)
    truth = torch.tensor([0.0, 1.0, -1.0, 2.0])
    value, log_scale = heads.absolute(feature)
    losses = readout_loss(heads, feature, truth)
    error = (value - truth).abs()
    assert losses["absolute"].item() == pytest.approx(error.mean().item())
    assert losses["scale"].item() == pytest.approx((log_scale + error / log_scale.exp()).mean().item())
    first, second = heads.relative(feature, feature.roll(1, 0)), heads.relative(feature.roll(1, 0), feature)
    more = (truth > truth.roll(1, 0)).float()
    expected = -(more * first.sigmoid().log() + (1 - more) * (1 - first.sigmoid()).log()).mean() / 2
    expected -= ((1 - more) * second.sigmoid().log() + more * (1 - second.sigmoid()).log()).mean() / 2
    assert losses["relative"].item() == pytest.approx(expected.item(), rel=1e-5)
    losses["scale"].backward()
    assert feature.grad is None
    assert heads.value[0].weight.grad is None
    assert heads.log_scale[0].weight.grad.abs().sum() > 0


def test_targets_are_logarithms_for_viscosity_only():
    viscosity = Target.of(Property.VISCOSITY, torch.tensor([1e-4, 1e-3, 1e-2]))
    assert viscosity.middle == pytest.approx(math.log(1e-3), rel=1e-5)
    assert viscosity.unscale(float(viscosity.scale(torch.tensor(3e-3)))) == pytest.approx(3e-3, rel=1e-4)
    friction = Target.of(Property.KINETIC_FRICTION, torch.tensor([0.1, 0.3, 0.5]))
    assert friction.scale(torch.tensor([0.5])).item() == pytest.approx(0.2 / friction.spread, rel=1e-5)
    with pytest.raises(ValueError, match="different"):
        Target.of(Property.RESTITUTION, torch.tensor([0.5, 0.5]))
    with pytest.raises(ValueError, match="positive"):
        Target.of(Property.VISCOSITY, torch.tensor([0.0, 1.0]))


def tiny(property="RESTITUTION"):
    torch.manual_seed(0)
    return Readout(EmbeddedBackbone(property, frames=12, size=32, points=4, width=32, blocks=1), 32)


def test_embedded_backbone_shapes_size_and_short_clips():
    assert sum(value.numel() for value in Readout(EmbeddedBackbone("VISCOSITY")).parameters()) < 1_500_000
    readout = tiny()
    long, short = disc_clip(bounces(0.8)), disc_clip(bounces(0.8)[:9])
    looks = [readout.backbone.look(clip) for clip in (long, short)]
    assert looks[0]["video"].shape == looks[1]["video"].shape == (20, 2, 40, 40)
    assert int(looks[1]["count"]) == 9
    inputs = readout.backbone.batch({name: torch.stack([look[name] for look in looks]) for name in looks[0]})
    layers = readout.backbone(inputs)
    assert [tuple(layer.shape) for layer in layers] == [(2, 9 * 64, 32), (2, 9 * 16, 64), (2, 9 * 4, 96), (2, 9, 32)]
    assert readout.feature(looks[:1]).isfinite().all()


def test_speeds_the_network_sees_are_metric_and_know_the_frame_rate():
    """The same motion at 15 and 30 images a second gives the same speed of the difference's middle."""
    from physperception.physics.readout.embedded import _in_motion

    stamps = [torch.arange(16)[None] / rate for rate in (15.0, 30.0)]
    context = torch.zeros(1, 12)
    context[0, :2] = torch.tensor([math.log(0.5), 1])
    speeds = []
    for times in stamps:
        signals = torch.zeros(1, 16, 3)
        signals[0, :, 0] = 0.6 * times[0]
        speeds.append(_in_motion(signals, times.float(), context, 2)[0, 8, 3].sinh().item())
    assert speeds == pytest.approx([0.3, 0.3], rel=1e-2)


def test_augmentation_keeps_the_scale_true():
    """What lies a known way apart stays so in metres, however the square was zoomed."""
    backbone = EmbeddedBackbone("KINETIC_FRICTION", frames=8, size=64)
    video = torch.zeros(6, 16, 2, 72, 72, dtype=torch.uint8)
    video[:, :, 1, 30:34, 24:28], video[:, :, 1, 30:34, 44:48] = 255, 255
    context = torch.zeros(6, 10)
    context[:, 0], context[:, 1] = math.log(0.72), 1
    looks = {
        "video": video,
        "stamps": torch.arange(16.0).expand(6, 16) / 30,
        "count": torch.full((6,), 16),
        "context": context,
    }
    for generator in (None, torch.Generator().manual_seed(3)):
        inputs = backbone.batch(looks, generator)
        assert inputs["video"].shape == (6, 8, 2, 64, 64)
        for clip in range(6):
            image = inputs["video"][clip, 0, 1]
            rows, columns = (image > 0.5 * image.max()).nonzero(as_tuple=True)
            spread = torch.hypot(rows.float() - rows.float().mean(), columns.float() - columns.float().mean())
            apart_m = 2 * float(spread.mean()) / 64 * math.exp(float(inputs["context"][clip, 0]))
            assert apart_m == pytest.approx(0.2, rel=0.08)


def trained(property=Property.RESTITUTION, value=0.0, log_scale=-5.0):
    """A read-out that always says the same scaled value and spread."""
    readout = tiny(property.value).eval()
    for head, bias in ((readout.heads.value, value), (readout.heads.log_scale, log_scale)):
        torch.nn.init.zeros_(head[-1].weight)
        torch.nn.init.constant_(head[-1].bias, bias)
    values = torch.tensor([1e-4, 1e-2]) if property is Property.VISCOSITY else torch.tensor([0.2, 0.9])
    return TrainedReadout(readout, Target.of(property, values), 2.0, "test")


CLIP = disc_clip(bounces(0.7))


def predict(read, property=Property.RESTITUTION, view=None, clip=CLIP):
    return ReadoutPredictor({property: read}).predict(clip.frames, clip.stamps_s, property, view, "ball-1")


def test_an_estimate_has_its_interval_window_and_scale():
    found = predict(trained(log_scale=0.0))
    spread = 0.35 * 2.0 * math.exp(-1.0)
    assert (found.status, found.scale, found.method, found.object_id) == (
        EstimateStatus.VALID,
        Scale.METRIC,
        "READOUT",
        "ball-1",
    )
    assert found.value == pytest.approx(0.55, rel=1e-4)
    assert found.std_dev == pytest.approx(math.sqrt(2) * spread, rel=1e-3)
    assert found.lower == pytest.approx(max(0.0, 0.55 - spread * math.log(10)), abs=1e-4)
    assert found.upper <= 1
    assert (found.frames, found.first_stamp_ns) == (30, 0)
    assert found.last_stamp_ns == round(29 / 30 * 1e9)
    liquid = predict(trained(Property.VISCOSITY), Property.VISCOSITY)
    assert liquid.value == pytest.approx(1e-3, rel=1e-3)
    assert liquid.lower * liquid.upper == pytest.approx(1e-6, rel=1e-3)
    assert liquid.scale is Scale.RELATIVE


@pytest.mark.parametrize(
    ("value", "log_scale", "code"),
    [(1.6, -5.0, "POOR_FIT"), (-1.9, -5.0, "POOR_FIT"), (-1.4, -5.0, "OUT_OF_RANGE"), (0.0, 2.0, "POOR_FIT")],
)
def test_impossible_untrained_and_unsure_values_are_refused(value, log_scale, code):
    found = predict(trained(value=value, log_scale=log_scale))
    assert found.status is EstimateStatus.REFUSED
    assert found.reason.startswith(f"{code}: ")
    assert math.isnan(found.value)


def test_refusals_of_clips_and_of_absent_models(tmp_path):
    still = disc_clip(np.full((20, 2), 60.0))
    assert predict(trained(), clip=still).reason.startswith("NO_MOTION: ")
    for source in (tmp_path, tmp_path / "none.safetensors", {}):
        found = ReadoutPredictor(source).predict(CLIP.frames, CLIP.stamps_s, Property.VISCOSITY)
        assert found.reason.startswith("MODEL_ABSENT: ")
    (tmp_path / "readout_viscosity.safetensors").write_bytes(b"no weights")
    found = ReadoutPredictor(tmp_path).predict(CLIP.frames, CLIP.stamps_s, Property.VISCOSITY)
    assert found.reason.startswith("MODEL_ABSENT: cannot read")
    with pytest.raises(ModelUnavailable):
        ReadoutPredictor({}).compare(CLIP, CLIP, Property.VISCOSITY)


def test_scales_are_metric_only_where_something_is_known():
    on_plane = View(camera=CAMERA, plane=TABLE)
    friction, viscosity = Property.KINETIC_FRICTION, Property.VISCOSITY
    assert justified_scale(View(), Property.RESTITUTION) is Scale.METRIC
    assert justified_scale(View(), friction) is justified_scale(View(camera=CAMERA), friction) is Scale.RELATIVE
    assert (
        justified_scale(on_plane, friction)
        is justified_scale(View(surface_size_m=(0.1, 0.1)), friction)
        is Scale.METRIC
    )
    assert justified_scale(on_plane, viscosity) is justified_scale(View(volume_m3=1e-4), viscosity) is Scale.RELATIVE
    assert justified_scale(View(camera=CAMERA, plane=TABLE, volume_m3=1e-4), viscosity) is Scale.METRIC


def test_weights_come_back_as_they_were(tmp_path):
    read = trained(value=0.3, log_scale=0.0)
    path = tmp_path / "readout_restitution.safetensors"
    WeightAverage(read.readout, 0.9).export(path, metadata(read.readout, read.target, 2.0))
    readout, target, factor = open_readout(path)
    assert (target, factor) == (read.target, 2.0)
    assert readout.backbone.options() == read.readout.backbone.options()
    for source in (tmp_path, path):
        found = ReadoutPredictor(source).predict(CLIP.frames, CLIP.stamps_s, Property.RESTITUTION)
        assert found.value == pytest.approx(predict(read).value, rel=2e-3)
    wrong = ReadoutPredictor(path).predict(CLIP.frames, CLIP.stamps_s, Property.VISCOSITY)
    assert wrong.reason.startswith("MODEL_ABSENT: ")


def test_a_comparison_answers_both_orders_alike():
    predictor = ReadoutPredictor({Property.RESTITUTION: trained()})
    other = disc_clip(bounces(0.4))
    there, back = (
        predictor.compare(CLIP, other, Property.RESTITUTION),
        predictor.compare(other, CLIP, Property.RESTITUTION),
    )
    assert there + back == pytest.approx(1, abs=1e-6)
    assert there != pytest.approx(0.5, abs=1e-7)
    assert predictor.compare(CLIP, CLIP, Property.RESTITUTION) == pytest.approx(0.5)
